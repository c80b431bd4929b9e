package books

import "github.com/loyaltyd/loyaltyd/ledger"

// Reclaiming decides with what a right ends, unproven.
func (b *Books) Reclaiming(r *Right, now ledger.Millis) (*ledger.Entry, *Decision, error) {
	e := &ledger.Entry{
		V: ledger.Version, ID: OwnID("reclaim", r.ID.String()), Kind: ledger.Reclaim, At: now,
		Subject: ledger.Subject(b.Holder), End: &ledger.RightEnd{Right: r.ID, Amount: r.Rest()},
	}
	d := &Decision{Program: r.Program, Close: &closing{r.ID, RightReclaimed}}
	if r.Rest() == 0 {
		return e, d, nil
	}
	var err error
	if d.Moves, err = b.comingBack(r, r.Rest()); err != nil {
		return nil, nil, err
	}
	e.Postings = Postings(d.Moves)
	return e, d, nil
}
