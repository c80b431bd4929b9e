package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Adjustment is a change by hand of what a member has, made at headquarters.
type Adjustment struct {
	ID      ledger.EntryID // kept by the caller through retries
	Phone   string         // E.164
	Program string         // under which
	Posting ledger.Posting // from program:adjusted to available, or back
	Reason  string
	// Operator is who does it, Approver the manager who let it be; both may be
	// empty.
	Operator string
	Approver string
}

// Keyed hashes under the chain's key, which does not stand in the database.
func (r *reading) Keyed(what string, data []byte) [32]byte { return r.keys.Lookup.Sum(what, data) }

// Adjusted is an adjustment as it was posted.
type Adjusted struct {
	Entry   *ledger.Entry
	Name    string // masked
	Balance ledger.Balance
}

// Adjust writes an adjustment as an entry of headquarters' own. The same one
// again changes nothing. Its error is ErrNotFound where nobody is enrolled with
// the number, or there is no such program.
func (h *Headquarters) Adjust(ctx context.Context, a Adjustment) (done Adjusted, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return Adjusted{}, err
	}
	defer end()
	err = h.update(ctx, func(tx *database.Tx) error {
		done, err = h.adjustOne(tx, a)
		return err
	})
	if err != nil {
		return Adjusted{}, fmt.Errorf("adjust: %w", err)
	}
	h.intake.raise() // stores are to be told
	return done, nil
}

func (h *Headquarters) adjustOne(tx *database.Tx, a Adjustment) (done Adjusted, err error) {
	member, of, err := records.FindMember(tx, h.keys, a.Phone)
	if err != nil {
		return done, err
	}
	program, _ := h.InForce(a.Program)
	if program == nil {
		return done, records.ErrNotFound
	}
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return done, err
	}
	stands, err := records.HasEntry(tx, of, a.ID)
	if err != nil {
		return done, err
	}
	if stands {
		done.Entry, err = records.OwnEntry(tx, of, a.ID)
	} else {
		done.Entry, err = h.postAdjustment(tx, b, program, a)
	}
	if err != nil {
		return done, err
	}
	balances, err := records.ReadBalances(tx, of)
	if err != nil {
		return done, err
	}
	for _, have := range balances {
		if have.Program == program.Ref().ID && have.Unit == a.Posting.Unit {
			done.Balance = have
		}
	}
	done.Name, err = records.NameOf(tx, h.keys, member)
	return done, err
}

func (h *Headquarters) postAdjustment(tx *database.Tx, b *books.Books, program *loyalty.Program, a Adjustment) (*ledger.Entry, error) {
	own, err := b.Account(program.Ref().ID)
	if err != nil {
		return nil, err
	}
	now := ledger.MillisOf(h.now())
	m := loyalty.Moment{At: now}
	if m.Zone, err = records.ZoneOfLane(tx, b, program.Ref().ID); err != nil {
		return nil, err
	}
	own.State.Rows = b.N
	effect, err := own.Adjust(program, loyalty.Adjusted{Entry: a.ID, Moment: m, Posting: a.Posting})
	if err != nil {
		return nil, err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: a.ID, Kind: ledger.Adjust, At: now, Day: effect.Day, Operator: a.Operator, Approver: a.Approver,
		Subject: ledger.Subject(b.Holder), Program: new(program.Ref()), Postings: []ledger.Posting{a.Posting},
		Adjust: &ledger.Adjustment{Reason: a.Reason},
	}
	d := &books.Decision{Program: program.Ref().ID}
	d.Do(own, effect)
	return e, posting.EnterOwn(tx, h.keys, b, e, d, now)
}
