package hq

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ConfirmSale confirms, by a person at headquarters who has seen who she is, that
// a sale is the member's who enrolled with a number in E.164 form. The verdict is
// Posted, or why it is not hers; then nothing is written. A sale that is not here
// yet, or a member, is ErrNotFound. Confirming again is safe.
func (h *Headquarters) ConfirmSale(ctx context.Context, e164 string, sale ledger.EntryID, operator string) (verdict ledger.Verdict, err error) {
	h.round.Lock()
	defer h.round.Unlock()
	err = h.update(ctx, func(tx *sqlitedb.Tx) (err error) {
		verdict, err = h.confirmHere(tx, e164, sale, operator)
		return err
	})
	var passed *passOver
	if errors.Is(err, errParked) || errors.As(err, &passed) {
		err = ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("confirm sale %s: %w", sale, err)
	}
	h.intake.raise() // what it moves is Run's to do
	return verdict, nil
}

func (h *Headquarters) confirmHere(tx *sqlitedb.Tx, e164 string, sale ledger.EntryID, operator string) (ledger.Verdict, error) {
	_, of, err := h.keys.findMember(tx, e164)
	if err != nil {
		return "", err
	}
	now := ledger.MillisOf(h.now())
	e := &ledger.Entry{
		V: ledger.Version, ID: ledger.EntryID(ownID("confirm", string(of), sale.String())), Kind: ledger.Confirm, At: now,
		Operator: operator, Subject: ledger.Subject(of), Proof: ledger.Verified, Claiming: &ledger.Claiming{Entry: sale},
	}
	if stands, err := hasEntry(tx, of, e.ID); err != nil || stands {
		return ledger.Posted, err
	}
	var r ruling
	if err := h.rule(tx, asking{e, now, of}, &r); err != nil || r.duplicate != "" {
		return r.duplicate, err
	}
	b, err := openBooks(tx, of)
	if err != nil {
		return "", err
	}
	return ledger.Posted, h.enterOwn(tx, b, e, new(decision), now)
}
