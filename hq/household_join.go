package hq

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/claims"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

var (
	// ErrOtherAccount says that a number has an account of its own: joining
	// another would make the two one.
	ErrOtherAccount = errors.New("the number has an account of its own")
	// ErrNoHousehold says that somebody is alone in her account.
	ErrNoHousehold = errors.New("she is alone in her account")
)

// HouseholdJoin adds a person to the account of another, by a person at
// headquarters who has seen that it is to be.
type HouseholdJoin struct {
	ID     ledger.EntryID // kept by the caller through retries
	Person ledger.Person  // her number, and what else is known of her
	Of     string         // a number of somebody in the account, E.164
	// Operator is who does it.
	Operator string
}

// JoinHousehold adds a person to the account of another and returns her as she is
// there. The same one again changes nothing, nor does one who is in it. Its error
// is ErrNotFound where nobody has the number of the other, and ErrOtherAccount.
func (h *Headquarters) JoinHousehold(ctx context.Context, j HouseholdJoin) (m inquiry.MemberState, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return inquiry.MemberState{}, err
	}
	defer end()
	err = h.update(ctx, func(tx *database.Tx) error {
		id, of, err := h.joinOne(tx, j)
		if err != nil {
			return err
		}
		m, err = inquiry.ReadMember(tx, h.keys, ledger.MillisOf(h.now()), id, of)
		return err
	})
	if err != nil {
		return inquiry.MemberState{}, fmt.Errorf("join household: %w", err)
	}
	h.retried = false // what waited for somebody to have the number
	h.intake.raise()
	return m, nil
}

func (h *Headquarters) joinOne(tx *database.Tx, j HouseholdJoin) (member, of books.Holder, err error) {
	if _, of, err = records.FindMember(tx, h.keys, j.Of); err != nil {
		return "", "", err
	}
	has, at, err := records.FindMember(tx, h.keys, j.Person.Phone.E164)
	switch {
	case err == nil && at == of:
		return has, of, nil
	case err == nil:
		return "", "", ErrOtherAccount
	case !errors.Is(err, records.ErrNotFound):
		return "", "", err
	}
	id := ledger.AccountID(books.OwnID("member", j.ID.String()))
	member = books.HolderOf(id)
	if err := h.claimMember(tx, j, member, of); err != nil {
		return "", "", err
	}
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return "", "", err
	}
	now := ledger.MillisOf(h.now())
	e := &ledger.Entry{
		V: ledger.Version, ID: j.ID, Kind: ledger.Enroll, At: now, Operator: j.Operator, Approver: cmp.Or(j.Operator, "-"),
		Subject: ledger.SubjectOf(id), Joins: b.Holder.ChainID(),
	}
	if err := posting.EnterOwn(tx, h.keys, b, e, new(books.Decision), now); err != nil {
		return "", "", err
	}
	return member, of, posting.Touch(tx, member) // so that stores know whose her id is
}

// claimMember takes a new member's id and number, and keeps who she is.
func (h *Headquarters) claimMember(tx *database.Tx, j HouseholdJoin, member, of books.Holder) error {
	if err := claims.Account(tx, member, j.ID); err != nil {
		return err
	}
	_, _, err := claims.Identifier(tx, h.keys.Blind(ledger.PhoneIdentifier, j.Person.Phone.E164), member, j.ID)
	if err != nil {
		return err
	}
	if err := claims.EnterHousehold(tx, member, of, j.ID); err != nil {
		return err
	}
	return claims.AddPerson(tx, h.keys, member, j.ID, j.Person, ledger.MillisOf(h.now()))
}
