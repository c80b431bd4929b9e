package offline_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// counted is a program's memory that counts: enrollments as the day she joined,
// sales as visits, activities as referrals; voids and returns take visits back
// and are counted in Rows, with what came back before.
func counted(s loyalty.State, own []loyalty.Recalled) loyalty.State {
	for _, r := range own {
		switch r.Entry.Kind {
		case ledger.Enroll:
			s.Joined = r.Entry.Day
		case ledger.Sold:
			s.Visits++
		case ledger.Done:
			s.Referrals++
		default:
			if r.Sale.Kind == ledger.Sold {
				s.Visits--
				s.Rows += uint64(1 + len(r.Before))
			}
		}
	}
	return s
}

// remembering is a till whose program remembers.
func remembering(t testing.TB) *till {
	t.Helper()
	tl := newTill(t)
	tl.opts.Recall = counted
	tl.reopen()
	return tl
}

// remembered is a feed row with what is remembered of an account.
func (tl *till) remembered(position ledger.Position, account ledger.AccountID, state string, applied ledger.Place) ledger.Change {
	c := tl.row(position, account, "", ledger.Balance{Program: program, Unit: points}, applied)
	c.Account.State, c.Account.BirthMonth, c.Account.Segments = []byte(state), 4, []string{"staff"}
	return c
}

func (tl *till) done(account ledger.AccountID, ref string) ledger.Record {
	tl.t.Helper()
	return tl.encode(&ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Done, At: tl.now(), Store: "s1", Day: day, Operator: "-",
		Subject: ledger.SubjectOf(account), Activity: &ledger.Activity{On: "check_in", Ref: ref},
	})
}

func (tl *till) remembers(when string, account ledger.AccountID, want loyalty.State) {
	tl.t.Helper()
	m, err := tl.Member(context.Background(), account)
	tl.must("member", err)
	if diff := cmp.Diff(want, m.State); diff != "" {
		tl.t.Errorf("%s: %s", when, diff)
	}
	for _, b := range m.Balances {
		if b.Unit != points {
			tl.t.Errorf("%s: a balance of %q is shown", when, b.Unit)
		}
	}
}

// What is remembered is the feed's word and own entries after the place that it
// counts, whatever they move; each is counted once, wherever it stands.
func TestRemembered(t *testing.T) {
	t.Parallel()
	tl := remembering(t)
	ana := newAccountID()
	tl.append(tl.enroll(ana, "+905321234567"))
	tl.remembers("enrolled", ana, loyalty.State{Joined: day})
	tl.append(tl.sale(ana, 0)) // pos-1
	tl.append(tl.sale(ana, 7)) // pos-2
	place := tl.place()
	tl.append(tl.done(ana, "c-1"))
	tl.remembers("own", ana, loyalty.State{Joined: day, Visits: 2, Referrals: 1})
	tl.apply(tl.remembered(1, ana, `{"visits":10,"joined":"2025-01-01","of_a_release_to_come":[1]}`, place))
	want := loyalty.State{Joined: "2025-01-01", Visits: 10, Referrals: 1}
	tl.remembers("fed", ana, want)
	if m, _ := tl.Member(t.Context(), ana); m.Profile.BirthMonth != 4 || !cmp.Equal(m.Profile.Segments, []string{"staff"}) {
		t.Errorf("profile %+v", m.Profile)
	}
	tl.append(tl.comeBack("pos-1", loyalty.Wish{Gross: 999})) // of a sale that is counted
	tl.append(tl.comeBack("pos-1", loyalty.Wish{All: true}))
	want.Visits, want.Rows = 8, 3
	tl.remembers("voided", ana, want)
	tl.reopen()
	tl.remembers("reopened", ana, want)
	tl.clean()
	bo := newAccountID()
	odd := tl.remembered(2, newAccountID(), `not json`, place)
	odd.Account.BirthMonth = 13
	tl.apply(odd)
	tl.remembers("what cannot be read", odd.Account.Account, loyalty.State{})
	tl.apply(tl.remembered(3, bo, `{"visits":100}`, place), ledger.Change{
		Position: 4, Kind: ledger.ForwardChange, Key: ana.String(), Forward: &ledger.Forward{From: ana, To: bo},
	})
	tl.remembers("merged", ana, loyalty.State{Visits: 98, Referrals: 1, Rows: 3})
	tl.apply(tl.remembered(5, bo, `{"visits":108}`, tl.place()))
	tl.remembers("settled", ana, loyalty.State{Visits: 108})
	tl.clean()
}

// A directory that did not keep what is remembered is read from the beginning
// once more, and serves meanwhile, where nothing is not taken for known; one whose program asks for it no longer
// forgets.
func TestRememberedFromTheBeginning(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := newAccountID()
	fed := tl.remembered(7, ana, `{"visits":3}`, ledger.Place{})
	fed.Account.Balances[0].Available = 5
	opened := func(when string, recall func(loyalty.State, []loyalty.Recalled) loyalty.State, cursor ledger.Position, want loyalty.State) {
		t.Helper()
		tl.opts.Recall = recall
		tl.reopen()
		if c, err := tl.Cursor(ctx); err != nil || c.Position != cursor {
			t.Errorf("%s: cursor %+v, %v", when, c, err)
		}
		tl.remembers(when, ana, want)
		if shown := tl.balance(ana).Shown; shown != 5 {
			t.Errorf("%s: %d shown", when, shown)
		}
	}
	tl.apply(fed)
	tl.append(tl.sale(ana, 0))
	tl.remembers("nothing is asked", ana, loyalty.State{})
	opened("asked from now on", counted, 0, loyalty.State{Outside: true})
	tl.apply(fed)
	opened("fed again", counted, 7, loyalty.State{Visits: 3})
	opened("no longer asked", nil, 7, loyalty.State{})
	opened("asked again", counted, 0, loyalty.State{Outside: true})
	tl.apply(fed)
	tl.must("close", tl.Close()) // the release before moves the cursor
	tl.must("move", raw(t, tl.path("directory.db"), `UPDATE feed SET position = 8`))
	tl.open()
	if c, err := tl.Cursor(ctx); err != nil || c.Position != 0 {
		t.Errorf("after the release before: cursor %+v, %v", c, err)
	}
	tl.clean()
}

// An activity with a ref stands once, one without as often as it is told.
func TestActivityKey(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := newAccountID()
	first := tl.done(ana, "c-1")
	tl.append(first)
	tl.append(first)
	exists := wantError[*ledger.SaleExists](t, tl.Append(t.Context(), tl.done(ana, "c-1")))
	if exists.Entry != first.Entry.ID {
		t.Errorf("it stands as %s", exists.Entry)
	}
	tl.append(tl.done(ana, ""))
	tl.append(tl.done(ana, ""))
	found, err := tl.Activity(t.Context(), *first.Entry.Activity)
	if err != nil || found == nil || found.Entry != first.Entry.ID {
		t.Errorf("found %v, %v", found, err)
	}
	tl.clean()
}
