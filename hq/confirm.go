package hq

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Confirmation is a person's word, at headquarters, that she has seen whose a
// sale is that stands by itself.
type Confirmation struct {
	Phone    string // E.164
	Sale     ledger.EntryID
	Reason   string
	Operator string // who has seen it
}

var (
	// ErrNotYet says that nobody can tell yet whether a sale is a member's; why
	// stands behind it.
	ErrNotYet = errors.New("it cannot be confirmed yet")
	// ErrManySales says that more than one entry ends in what was read off a
	// paper.
	ErrManySales = errors.New("more than one entry ends so: name the whole id")
)

// ConfirmSale confirms a sale. The verdict is Posted, or why it is not hers; then
// nothing is written. A member who is not here is ErrNotFound, a sale of which
// too little is known ErrNotYet. Confirming again is safe.
func (h *Headquarters) ConfirmSale(ctx context.Context, c Confirmation) (verdict ledger.Verdict, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer end()
	err = h.update(ctx, func(tx *database.Tx) (err error) {
		verdict, err = h.confirmHere(tx, c)
		return err
	})
	var passed *books.PassOver
	switch {
	case errors.Is(err, books.ErrParked):
		err = fmt.Errorf("%w: headquarters has not heard of it", ErrNotYet)
	case errors.As(err, &passed):
		err = fmt.Errorf("%w: %s", ErrNotYet, passed.Reason)
	}
	if err != nil {
		return "", fmt.Errorf("confirm sale %s: %w", c.Sale, err)
	}
	h.intake.raise() // what it moves is Run's to do
	return verdict, nil
}

func (h *Headquarters) confirmHere(tx *database.Tx, c Confirmation) (ledger.Verdict, error) {
	_, of, err := records.FindMember(tx, h.keys, c.Phone)
	if err != nil {
		return "", err
	}
	now := ledger.MillisOf(h.now())
	e := &ledger.Entry{
		V: ledger.Version, ID: ledger.EntryID(books.OwnID("confirm", string(of), c.Sale.String())), Kind: ledger.Confirm, At: now,
		Operator: c.Operator, Subject: ledger.Subject(of), Proof: ledger.Verified,
		Claiming: &ledger.Claiming{Entry: c.Sale, Reason: c.Reason},
	}
	if stands, err := records.HasEntry(tx, of, e.ID); err != nil || stands {
		return ledger.Posted, err
	}
	var r books.Ruling
	if err := h.rule(tx, asking{e, now, of}, &r); err != nil || r.Duplicate != "" {
		return r.Duplicate, err
	}
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return "", err
	}
	return ledger.Posted, posting.EnterOwn(tx, h.keys, b, e, new(books.Decision), now)
}

// EntryEnding finds an entry by the last twelve digits of its id, as papers say
// it: ErrNotFound where there is none, ErrManySales where there are more.
func (r *reading) EntryEnding(ctx context.Context, digits string) (entry ledger.EntryID, err error) {
	err = r.view(ctx, func(tx *database.Tx) error {
		rows, err := tx.Query(`SELECT entry FROM claim_entry WHERE substr(entry, 25) = $1 LIMIT 2`, digits)
		if err != nil {
			return err
		}
		defer rows.Close()
		found := 0
		for ; rows.Next(); found++ {
			if err := rows.Scan(&entry); err != nil {
				return err
			}
		}
		switch found {
		case 0:
			return errors.Join(rows.Err(), records.ErrNotFound)
		case 1:
			return nil
		}
		return ErrManySales
	})
	if err != nil {
		return entry, fmt.Errorf("find entry ending in %q: %w", digits, err)
	}
	return entry, nil
}
