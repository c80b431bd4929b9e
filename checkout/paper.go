package checkout

import (
	"context"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// PaperHeading is what stands on a paper beside its entry.
func (t *Till) PaperHeading(h receipt.Header, p Paper) receipt.Header {
	h = t.Heading(h, p.Entry)
	h.Member, h.Copy = p.Name, p.Copy
	if p.Entry.Sale != nil {
		h.Claim, h.ClaimUntil = t.ClaimCode(p.Entry)
		h.ConfirmUntil = t.ConfirmUntil(p.Entry)
	}
	return h
}

// PaperOf finds what an entry's paper is made of beside it: an entry of this
// terminal that is a sale, return or void.
func (t *Till) PaperOf(ctx context.Context, e *ledger.Entry) (Paper, error) {
	sale := e
	paper := Paper{Entry: e}
	if e.Return != nil {
		stood, err := t.Store.Sale(ctx, e.Return.Of.Day, e.Return.Of.ID)
		if err != nil {
			return Paper{}, err
		}
		sale = nil // another till's, or its body is gone
		if stood != nil && stood.Body != nil {
			if sale, err = ledger.Decode(stood.Body); err != nil {
				return Paper{}, err
			}
		}
		paper.Sale = sale
	}
	member, err := t.memberOf(ctx, sale)
	paper.Name = member.Name
	return paper, err
}
