package screen

import (
	"context"
	"strings"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// mostSold is how many sales a screen lists.
const mostSold = 20

// Sold is a sale, return or void of this till.
type Sold struct {
	Entry   string         `json:"entry_id"`
	Time    string         `json:"time" example:"14:05"`
	Receipt string         `json:"receipt" doc:"its number"`
	Kind    string         `json:"kind" enum:"sale,return,void"`
	Member  string         `json:"name,omitempty" doc:"masked; absent where nobody was there"`
	Total   string         `json:"total" example:"14.99"`
	Points  string         `json:"points,omitempty" doc:"earned, with their sign" example:"+14 points"`
	Lines   []receipt.Line `json:"-"`
	Text    []string       `json:"receipt_lines" nullable:"false" doc:"the receipt, as it was printed"`
}

// Recent are the last ones, newest first.
func (s *Screens) Recent(ctx context.Context) ([]Sold, error) {
	papers, err := s.Journal.Recent(ctx, mostSold)
	sold := make([]Sold, 0, len(papers))
	for _, paper := range papers {
		sold = append(sold, s.sold(paper))
	}
	return sold, err
}

func (s *Screens) sold(paper checkout.Paper) Sold {
	e := paper.Entry
	lines := s.lines(paper)
	out := Sold{
		Entry: e.ID.String(), Time: s.Clock(e.At.Time()), Kind: string(e.Kind), Member: paper.Name, Lines: lines, Text: s.text(lines),
	}
	if e.Return != nil {
		out.Receipt, out.Total = e.Return.Receipt, "−"+s.money(e.Return.Currency, e.Return.Total)
		return out
	}
	out.Receipt, out.Total = e.Sale.Receipt, s.money(e.Sale.Currency, e.Sale.Total)
	program := s.Till.Programs.Of(e)
	unit := program.MainUnit()
	if now, pending := checkout.EarnedOf(e, unit); now+pending > 0 && e.Told != nil {
		out.Points = s.amounts(program).Signed(unit, now+pending)
	}
	return out
}

func (s *Screens) lines(paper checkout.Paper) []receipt.Line {
	header := s.Till.PaperHeading(s.Header, paper)
	if paper.Entry.Return != nil {
		return receipt.FromReturn(paper.Entry, paper.Sale, header).Layout(s.Columns)
	}
	return receipt.From(paper.Entry, header).Layout(s.Columns)
}

// text is a paper without what only a picture has.
func (s *Screens) text(lines []receipt.Line) []string {
	text := make([]string, 0, len(lines))
	for _, line := range lines {
		if line.Code != "" || line.Bars != "" {
			continue
		}
		text = append(text, strings.TrimRight(line.Text(s.Columns), " "))
	}
	return text
}
