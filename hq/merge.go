package hq

import (
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

// ErrOneAccount says that two numbers lead to one account already.
var ErrOneAccount = errors.New("both numbers have one account already")

// MemberMerge makes two accounts one, by a person at headquarters who has seen
// that it is to be: a typed number never does.
type MemberMerge struct {
	ID       ledger.EntryID // kept by the caller through retries
	Phone    string         // of somebody in one, E.164
	Other    string         // of somebody in the other, E.164
	Reason   string         // kept in clear: it names nobody
	Operator string         // who does it
}

// MergeMembers makes two accounts one for ever, the one of the smaller id, under
// every program, and returns the first member as she is there. Members, numbers and
// cards of both lead to it; what the other had goes over, also what comes to its
// ledger later, and its rights stay valid and end there. The same one again changes
// nothing. Its errors are ErrNotFound, ErrOneAccount and ErrRestoring.
func (h *Headquarters) MergeMembers(ctx context.Context, m MemberMerge) (s inquiry.MemberState, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return s, fmt.Errorf("merge accounts: %w", err)
	}
	defer end()
	err = h.update(ctx, func(tx *database.Tx) error { return h.mergeMembers(tx, m) })
	if err == nil {
		_, err = h.gather(ctx)
	}
	if err == nil {
		s, err = h.MemberByPhone(ctx, m.Phone)
	}
	if err != nil {
		return inquiry.MemberState{}, fmt.Errorf("merge accounts: %w", err)
	}
	h.intake.raise()
	return s, nil
}

func (h *Headquarters) mergeMembers(tx *database.Tx, m MemberMerge) error {
	_, into, err := records.FindMember(tx, h.keys, m.Phone)
	if err != nil {
		return fmt.Errorf("the first number: %w", err)
	}
	_, from, err := records.FindMember(tx, h.keys, m.Other)
	if err != nil {
		return fmt.Errorf("the second number: %w", err)
	}
	for _, of := range []books.Holder{into, from} { // somebody may have left since
		if done, err := records.HasEntry(tx, of, m.ID); err != nil || done {
			return err
		}
	}
	if into == from {
		return ErrOneAccount
	}
	if waits, err := records.Waiting(tx); err != nil || waits {
		return errors.Join(err, ErrRestoring)
	}
	return h.mergeInto(tx, min(into, from), max(into, from), m)
}

// mergeInto makes one account another's, with an entry at the one that stays.
func (h *Headquarters) mergeInto(tx *database.Tx, into, from books.Holder, m MemberMerge) error {
	if err := moveMembers(tx, into, from, m.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE forward SET merge = $1 WHERE account = $2`, m.ID, from); err != nil {
		return fmt.Errorf("forward account: %w", err)
	}
	b, err := records.OpenBooks(tx, into)
	if err != nil {
		return err
	}
	now := ledger.MillisOf(h.now())
	gone, _ := from.Account()
	e := &ledger.Entry{
		V: ledger.Version, ID: m.ID, Kind: ledger.Merge, At: now, Operator: m.Operator, Subject: ledger.Subject(into),
		Merge: &ledger.Merger{Account: gone, Reason: m.Reason},
	}
	if err := posting.EnterOwn(tx, h.keys, b, e, new(books.Decision), now); err != nil {
		return err
	}
	return posting.Touch(tx, from) // so that stores are told
}

// moveMembers makes everybody of one account a member of another: she who has the
// account's own id keeps that as her own.
func moveMembers(tx *database.Tx, into, from books.Holder, by ledger.EntryID) error {
	members, err := records.MembersOf(tx, from)
	if err != nil {
		return err
	}
	if len(members) > 0 && members[0] == from {
		if _, err := tx.Exec(`UPDATE listed SET member = $1 WHERE account = $1 AND member = ''`, from); err != nil {
			return fmt.Errorf("move members: %w", err)
		}
		return claims.EnterHousehold(tx, from, into, by)
	}
	return claims.Forward(tx, from, into)
}
