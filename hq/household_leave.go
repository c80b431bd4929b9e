package hq

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// HouseholdLeave takes a member out of an account that has several: into a new
// one, with what was agreed.
type HouseholdLeave struct {
	ID    ledger.EntryID // kept by the caller through retries
	Phone string         // hers, E.164
	// Gives are of units of one program, the one in Program.
	Gives   []loyalty.Amount
	Program string
	// Operator is who does it.
	Operator string
}

// LeaveHousehold gives a member an account of her own, and returns her as she is
// there. What she is found by goes with her, and what was agreed leaves the
// household in the same transaction; it arrives by Work. History, tiers, limits and
// what tills hold rights to stay the household's. The same one again changes
// nothing. Its errors are ErrNotFound, ErrNoHousehold, ErrRestoring,
// loyalty.ErrNoUnit and *loyalty.LacksUnits.
func (h *Headquarters) LeaveHousehold(ctx context.Context, l HouseholdLeave) (m inquiry.MemberState, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return inquiry.MemberState{}, err
	}
	defer end()
	err = h.update(ctx, func(tx *database.Tx) error {
		member, to, err := h.leaveHousehold(tx, l)
		if err != nil {
			return err
		}
		m, err = inquiry.ReadMember(tx, h.keys, ledger.MillisOf(h.now()), member, to)
		return err
	})
	if err != nil {
		return inquiry.MemberState{}, fmt.Errorf("leave household: %w", err)
	}
	h.intake.raise()
	return m, nil
}

// ErrRestoring says that a restored headquarters still waits for its tills: what
// an account has is not known yet.
var ErrRestoring = errors.New("headquarters was restored from a backup and waits for its tills")

func (h *Headquarters) leaveHousehold(tx *database.Tx, l HouseholdLeave) (member, to books.Holder, err error) {
	member, of, err := records.FindMember(tx, h.keys, l.Phone)
	if err != nil {
		return "", "", err
	}
	own := ledger.AccountID(books.OwnID("household left", l.ID.String()))
	to = books.HolderOf(own)
	if left, err := hasLeft(tx, l.ID, to); err != nil || left || of == to {
		return member, of, err // wherever she is by now
	}
	if waits, err := records.Waiting(tx); err != nil || waits {
		return "", "", errors.Join(err, ErrRestoring)
	}
	members, err := records.MembersOf(tx, of)
	if err != nil {
		return "", "", err
	}
	if len(members) < 2 {
		return "", "", ErrNoHousehold
	}
	if err := h.handOver(tx, l, member, of, own); err != nil {
		return "", "", err
	}
	_, err = tx.Exec(`
		INSERT INTO membership (member, account, entry)
		VALUES ($1, $2, $3)
		ON CONFLICT (member) DO UPDATE
		SET account = excluded.account, entry = excluded.entry`, member, to, l.ID)
	if err != nil {
		return "", "", fmt.Errorf("move member: %w", err)
	}
	return member, to, nil
}

// hasLeft reports whether what was agreed arrived at the account that a leave made, or at
// the one which that became since.
func hasLeft(tx *database.Tx, leave ledger.EntryID, to books.Holder) (bool, error) {
	arrived := books.ArrivalOf(leave)
	if has, err := records.HasEntry(tx, to, arrived); err != nil || has {
		return has, err
	}
	now, err := records.Survivor(tx, to)
	if err != nil {
		return false, err
	}
	return records.HasEntry(tx, now, arrived)
}

// handOver takes what was agreed out of an account, and keeps with it that it is to
// be posted to the other.
func (h *Headquarters) handOver(tx *database.Tx, l HouseholdLeave, member, of books.Holder, to ledger.AccountID) error {
	program, _ := h.InForce(l.Program)
	if program == nil {
		return publication.ErrNone
	}
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return err
	}
	a, err := b.Account(program.Ref().ID)
	if err != nil {
		return err
	}
	now := ledger.MillisOf(h.now())
	m := loyalty.Moment{At: now}
	if m.Zone, err = records.ZoneOfLane(tx, b, program.Ref().ID); err != nil {
		return err
	}
	a.State.Rows = b.N
	effect, err := a.HandOver(program, l.ID, m, l.Gives)
	if err != nil {
		return err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: l.ID, Kind: ledger.Transfer, At: now, Day: effect.Day, Operator: l.Operator,
		Subject: ledger.Subject(of), Member: member.Member(), Program: new(program.Ref()), Postings: effect.Postings(),
		Transfer: &ledger.TransferOf{Entry: books.ArrivalOf(l.ID), Account: to},
	}
	d := &books.Decision{Program: program.Ref().ID}
	d.Do(a, effect)
	if err := posting.EnterOwn(tx, h.keys, b, e, d, now); err != nil {
		return err
	}
	return intendHandover(tx, books.Handover{From: of, To: books.HolderOf(to), Left: l.ID})
}
