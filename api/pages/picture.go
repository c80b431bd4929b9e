package pages

import (
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// picture is paper, drawn.
type picture []receipt.Line

func (p *Pages) picture(paper checkout.Paper) picture {
	header := p.Till.PaperHeading(p.Header, paper)
	if paper.Entry.Return != nil {
		return receipt.FromReturn(paper.Entry, paper.Sale, header).Layout(p.Columns)
	}
	return receipt.From(paper.Entry, header).Layout(p.Columns)
}

// clock is a time in the store's zone: of today without the date.
func (p *Pages) clock(at time.Time) string {
	at = at.In(p.Till.Zone)
	if at.Format(time.DateOnly) == p.now().Format(time.DateOnly) {
		return at.Format("15:04")
	}
	return at.Format("2006-01-02 15:04")
}
