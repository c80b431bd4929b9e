package books

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ErrShort says that an account does not have what a right asks for.
var ErrShort = errors.New("not enough points")

// OwnID makes an id of headquarters' own out of what it stands for, so that a
// step repeated after a crash makes the same one (UUIDv8, RFC 9562 §5.8).
func OwnID(parts ...string) (id [16]byte) {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}

// Granting is the decision that sets a right's amount aside from its lots.
func Granting(r *ledger.Right) *Decision {
	p := ledger.Posting{Unit: r.Unit, Amount: r.Amount, From: r.Unit.Home(), To: ledger.Escrow(r.ID), Right: r.ID}
	return &Decision{Program: r.Program, Grant: r, Moves: []loyalty.Move{{Posting: p, Lots: r.Lots}}}
}

// DrawLots takes the right's amount from lots that last, soonest expiry first,
// then oldest, and ends the right before the first of them expires; of vouchers
// from those that are alike.
func (b *Books) DrawLots(r *ledger.Right, now ledger.Millis) (shares []ledger.LotShare, err error) {
	have, err := b.Purse(BalanceKey{r.Program, r.Unit})
	if err != nil {
		return nil, err
	}
	need := r.Amount
	for _, l := range have.Lots { // in that order
		if need == 0 {
			break
		}
		if l.Left == 0 || l.Pending || !lasts(l.Terms, r, now) {
			continue
		}
		if ends := l.Terms.ExpiresAt; ends > 0 && ends <= r.SpendUntil {
			r.ReclaimAt -= r.SpendUntil - (ends - 1)
			r.SpendUntil = ends - 1
		}
		share := ledger.LotShare{Lot: l.Name, Amount: min(l.Left, need)}
		need -= share.Amount
		shares = append(shares, share)
	}
	if need > 0 {
		return nil, ErrShort
	}
	return shares, nil
}

// lasts reports whether a right may take from a lot: of vouchers from those on its
// terms.
func lasts(lot ledger.LotTerms, r *ledger.Right, now ledger.Millis) bool {
	if r.Terms != nil {
		return lot.ExpiresAt == r.Terms.ExpiresAt && lot.Promise == r.Terms.Promise
	}
	return lot.ExpiresAt == 0 || lot.ExpiresAt > now
}

// LotsAgain draws a right's amount from the ledger's lots: first from those that it
// was drawn from. Lapsed ones are among them: what is set aside does not expire.
func (b *Books) LotsAgain(r ledger.Right) (shares []ledger.LotShare, err error) {
	have, err := b.Purse(BalanceKey{r.Program, r.Unit})
	if err != nil {
		return nil, err
	}
	first := map[string]ledger.Points{} // what of each lot it was drawn from
	for _, was := range r.Lots {
		first[was.Lot] += was.Amount
	}
	free := slices.DeleteFunc(slices.Clone(have.Lots), func(l loyalty.Lot) bool { return l.Pending || l.Left == 0 })
	need := r.Amount
	taken := make([]ledger.Points, len(free))
	for i, lot := range free {
		taken[i] = min(need, lot.Left, first[lot.Name])
		need -= taken[i]
	}
	for i, lot := range free {
		more := min(need, lot.Left-taken[i])
		need -= more
		if part := taken[i] + more; part > 0 {
			shares = append(shares, ledger.LotShare{Lot: lot.Name, Amount: part})
		}
	}
	if need > 0 {
		return nil, ErrShort
	}
	return shares, nil
}
