package offline_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func (tl *till) balance(account ledger.AccountID) loyalty.Balance {
	tl.t.Helper()
	m, err := tl.Member(context.Background(), account)
	tl.must("member", err)
	return m.Balance(points)
}

func (tl *till) wantNoRedeem(what string, err error, reason loyalty.Reason) {
	tl.t.Helper()
	if err == nil {
		tl.t.Fatalf("%s: was not refused", what)
	}
	if got := wantError[*loyalty.NoRedeem](tl.t, err); got.Reason != reason {
		tl.t.Fatalf("%s: refused for %q, want %q", what, got.Reason, reason)
	}
}

// known makes a member the feed told of.
func (tl *till) known(available, escrowed ledger.Points) ledger.AccountID {
	account := newAccountID()
	cursor, err := tl.Cursor(context.Background())
	tl.must("cursor", err)
	tl.apply(tl.row(cursor.Position+1, account, "", ledger.Balance{
		Program: program, Unit: points, Available: available, Escrowed: escrowed,
	}, ledger.Place{}))
	return account
}

// A right is held before the customer pays and spent with the sale, once.
func TestRedeem(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(300, 1000)
	tl.addRight(ana, 1000, 72*time.Hour)
	if diff := cmp.Diff(loyalty.Balance{Unit: points, Shown: 1300, Spendable: 1000, Free: 300}, tl.balance(ana)); diff != "" {
		t.Fatal(diff)
	}
	hold := tl.hold(ana, 500)
	if got := tl.balance(ana).Spendable; got != 500 {
		t.Fatalf("spendable beside a hold: %d", got)
	}
	again, err := tl.PlaceHold(ctx, hold)
	if err != nil || cmp.Diff(hold, again) != "" {
		t.Fatalf("the same hold again: %+v, %v", again, err)
	}
	sale := tl.redeem(ana, hold)
	tl.append(sale)
	if diff := cmp.Diff(loyalty.Balance{Unit: points, Shown: 800, Spendable: 500, Free: 300}, tl.balance(ana)); diff != "" {
		t.Fatal(diff)
	}
	tl.append(sale) // repeated
	tl.wantNoRedeem("spend a spent hold", tl.Append(ctx, tl.redeem(ana, hold)), loyalty.HoldGone)
	_, err = tl.Hold(ctx, hold.ID)
	tl.wantNoRedeem("ask for a spent hold", err, loyalty.HoldGone)
	tl.must("release a spent hold", tl.ReleaseHold(ctx, hold.ID))
	if got := tl.head().Seq; got != 1 {
		t.Fatalf("%d entries, want 1", got)
	}
	tl.reopen()
	if got := tl.balance(ana).Spendable; got != 500 {
		t.Fatalf("spendable after a restart: %d", got)
	}
	tl.clean()
}

// A sale takes exactly what its holds set aside.
func TestSpendMustBeCovered(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, time.Hour)
	hold := tl.hold(ana, 500)
	for name, change := range map[string]func(e *ledger.Entry){
		"more":         func(e *ledger.Entry) { e.Postings[0].Amount = 501 },
		"less":         func(e *ledger.Entry) { e.Postings[0].Amount = 499 },
		"without hold": func(e *ledger.Entry) { e.Sale.Rewards = nil },
		"nothing":      func(e *ledger.Entry) { e.Postings = nil },
	} {
		record := tl.redeem(ana, hold)
		change(record.Entry)
		if err := tl.Append(context.Background(), tl.encode(record.Entry)); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
	if tl.head().Seq != 0 {
		t.Error("something was written")
	}
	tl.append(tl.redeem(ana, hold))
	tl.clean()
}

// Holds take what lapses soonest first.
func TestHoldSoonestFirst(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(0, 1000)
	late := tl.addRight(ana, 300, 48*time.Hour)
	soon := tl.addRight(ana, 300, 24*time.Hour)
	want := []ledger.RightShare{{Right: soon, Unit: points, Amount: 300}, {Right: late, Unit: points, Amount: 100}}
	if diff := cmp.Diff(want, tl.hold(ana, 400).Parts); diff != "" {
		t.Fatal(diff)
	}
}

// An old hold stays until another sale needs what it took.
func TestHoldTakenOver(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, 24*time.Hour)
	first := tl.hold(ana, 600)
	tl.advance(15 * time.Minute)
	_, err := tl.PlaceHold(ctx, tl.wish(ana, 600))
	tl.wantNoRedeem("beside a fresh hold", err, loyalty.NoRight)
	tl.advance(time.Millisecond)
	tl.hold(ana, 400) // there is room for both
	_, err = tl.Hold(ctx, first.ID)
	tl.must("old hold that nobody needed", err)
	tl.hold(ana, 600)
	tl.wantNoRedeem("spend a hold taken over", tl.Append(ctx, tl.redeem(ana, first)), loyalty.HoldGone)
	if tl.head().Seq != 0 {
		t.Error("something was posted")
	}
	tl.clean()
}

// Each reason for not redeeming, and that earning goes on.
func TestRefusals(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, c := range []struct {
		name   string
		happen func(tl *till, ana ledger.AccountID)
		want   loyalty.Reason
	}{
		{"no right", func(*till, ledger.AccountID) {}, loyalty.NoRight},
		{"another program's", func(tl *till, ana ledger.AccountID) {
			_, grant := tl.grant(ana, 1000, time.Hour)
			e, _ := ledger.Decode(grant.Body)
			e.Right.Program = "other"
			tl.must("add", tl.AddRight(ctx, ledger.SignedEntry{Body: tl.encode(e).Body, Signature: []byte("s")}))
		}, loyalty.NoRight},
		{"another branch's", func(tl *till, ana ledger.AccountID) {
			_, grant := tl.grant(ana, 1000, time.Hour)
			e, _ := ledger.Decode(grant.Body)
			e.Right.Branch[0] ^= 1
			tl.must("add", tl.AddRight(ctx, ledger.SignedEntry{Body: tl.encode(e).Body, Signature: []byte("s")}))
		}, loyalty.NoRight},
		{"past", func(tl *till, ana ledger.AccountID) {
			tl.addRight(ana, 1000, time.Hour)
			tl.advance(time.Hour + time.Millisecond)
		}, loyalty.RightPast},
		{"offline too long", func(tl *till, ana ledger.AccountID) {
			tl.addRight(ana, 1000, 200*time.Hour)
			for range 4 { // no jump: the till was used all the time
				tl.advance(19 * time.Hour)
				tl.append(tl.sale(ana, 1))
			}
		}, loyalty.OfflineLong},
		{"cap", func(tl *till, ana ledger.AccountID) {
			tl.addRight(ana, 30_000, time.Hour)
			tl.append(tl.redeem(ana, tl.hold(ana, 10_000)))
			tl.hold(ana, 9_900)
		}, loyalty.TerminalCap},
		{"fenced", func(tl *till, ana ledger.AccountID) {
			tl.addRight(ana, 1000, time.Hour)
			tl.must("fence", tl.Fence(ctx))
		}, loyalty.IsFenced},
		{"clock set back", func(tl *till, ana ledger.AccountID) {
			tl.addRight(ana, 1000, 100*time.Hour)
			tl.advance(-time.Minute)
		}, loyalty.ClockOff},
		{"clock jumped", func(tl *till, ana ledger.AccountID) {
			tl.addRight(ana, 1000, 100*time.Hour)
			tl.advance(25 * time.Hour)
		}, loyalty.ClockOff},
		{"clock was off and a restart", func(tl *till, ana ledger.AccountID) {
			tl.addRight(ana, 1000, 100*time.Hour)
			tl.advance(-time.Hour)
			tl.append(tl.sale(ana, 1))
			tl.advance(time.Hour)
			tl.reopen()
		}, loyalty.ClockOff},
	} {
		t.Run(c.name, func(t *testing.T) {
			tl := newTill(t)
			ana := tl.known(0, 1000)
			c.happen(tl, ana)
			_, err := tl.PlaceHold(ctx, tl.wish(ana, 500))
			tl.wantNoRedeem("hold", err, c.want)
			if got := tl.balance(ana).Spendable; got >= 500 {
				t.Errorf("%d shown as spendable", got)
			}
			tl.append(tl.sale(ana, 10))
			tl.clean()
		})
	}
}

// A right seen past its end stays closed, whatever the clock and even
// headquarters' time say later; one never seen past it is open.
func TestPastStaysPast(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, seen := range []bool{true, false} {
		tl := newTill(t)
		ana := tl.known(0, 1000)
		tl.addRight(ana, 1000, time.Hour)
		if seen {
			tl.advance(2 * time.Hour)
			tl.append(tl.sale(ana, 1))
			tl.advance(-2 * time.Hour)
		}
		tl.greet()
		tl.reopen()
		_, err := tl.PlaceHold(ctx, tl.wish(ana, 500))
		if seen {
			tl.wantNoRedeem("hold", err, loyalty.RightPast)
		} else {
			tl.must("hold", err)
		}
	}
}

// A hold placed in time may be spent a little after its right's end, not long
// after.
func TestHoldOutlivesRight(t *testing.T) {
	t.Parallel()
	for after, spent := range map[time.Duration]bool{10 * time.Minute: true, 20 * time.Minute: false} {
		tl := newTill(t)
		ana := tl.known(0, 1000)
		tl.addRight(ana, 1000, time.Minute)
		hold := tl.hold(ana, 500)
		tl.advance(after)
		err := tl.Append(context.Background(), tl.redeem(ana, hold))
		if spent {
			tl.must("spend", err)
		} else {
			tl.wantNoRedeem("spend", err, loyalty.RightPast)
		}
		tl.clean()
	}
}

// A clock that jumps while she pays takes nothing of what she was told, though nothing more
// may be set aside: nobody knows what time it is.
func TestHoldOutlivesAJump(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"ahead": 365 * 24 * time.Hour, "back": -365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newTill(t)
			ana := tl.known(0, 1000)
			tl.addRight(ana, 1000, time.Hour)
			hold := tl.hold(ana, 500)
			tl.advance(jump)
			_, err := tl.PlaceHold(t.Context(), tl.wish(ana, 100))
			tl.wantNoRedeem("another hold", err, loyalty.ClockOff)
			if fresh, err := tl.Holding(t.Context()); err != nil || !fresh {
				t.Errorf("a customer who pays: %v, %v", fresh, err)
			}
			tl.must("spend", tl.Append(t.Context(), tl.redeem(ana, hold)))
			tl.clean()
		})
	}
}

// Headquarters asks for a right back: it is given once nothing of it is held,
// and never held again.
func TestRecall(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, c := range []struct {
		name string
		end  func(tl *till, ana ledger.AccountID, hold ledger.Hold) // ends the hold; nil where there is none
		rest ledger.Points
	}{
		{"free", nil, 1000},
		{"released", func(tl *till, _ ledger.AccountID, hold ledger.Hold) {
			tl.must("release", tl.ReleaseHold(ctx, hold.ID))
		}, 1000},
		{"spent in part", func(tl *till, ana ledger.AccountID, hold ledger.Hold) {
			tl.append(tl.redeem(ana, hold))
		}, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			tl := newTill(t)
			ana := tl.known(0, 1000)
			right := tl.addRight(ana, 1000, time.Hour)
			var hold ledger.Hold
			if c.end != nil {
				hold = tl.hold(ana, 600)
			}
			recall := ledger.Change{Position: 9, Kind: ledger.RightChange, Key: right.String(), Right: &ledger.RightState{
				Terminal: tl.opts.Terminal, Right: right, Recall: true,
			}}
			tl.apply(recall)
			if c.end != nil {
				if tl.head().Seq != 0 {
					t.Fatal("a held right was given back")
				}
				_, err := tl.PlaceHold(ctx, tl.wish(ana, 100))
				tl.wantNoRedeem("hold a recalled right", err, loyalty.NoRight)
				c.end(tl, ana, hold)
			}
			before := tl.head()
			tl.apply(recall)
			tl.reopen()
			if tl.head() != before {
				t.Error("given back twice")
			}
			returned := tl.lastEntry()
			want := &ledger.RightEnd{Right: right, Amount: c.rest, Recalled: true}
			if diff := cmp.Diff(want, returned.End); diff != "" {
				t.Error(diff)
			}
			if returned.Kind != ledger.RightReturn || returned.Subject != ledger.SubjectOf(ana) ||
				len(returned.Postings) != 1 || returned.Postings[0].Amount != c.rest {
				t.Errorf("returned: %+v", returned)
			}
			_, err := tl.PlaceHold(ctx, tl.wish(ana, 100))
			tl.wantNoRedeem("hold a returned right", err, loyalty.NoRight)
			_, grant := tl.grant(ana, 1000, time.Hour)
			e, _ := ledger.Decode(grant.Body)
			e.Right.ID = right
			tl.must("add again", tl.AddRight(ctx, ledger.SignedEntry{Body: tl.encode(e).Body, Signature: []byte("s")}))
			_, err = tl.PlaceHold(ctx, tl.wish(ana, 100))
			tl.wantNoRedeem("hold a returned right that came again", err, loyalty.NoRight)
			tl.clean()
		})
	}
}

func (tl *till) lastEntry() *ledger.Entry {
	tl.t.Helper()
	stretch, err := tl.Unsent(context.Background(), 500, 1<<20)
	tl.must("unsent", err)
	e, err := ledger.Decode(stretch.Bodies[len(stretch.Bodies)-1])
	tl.must("decode", err)
	return e
}

// A disk put back to before a spend cannot spend again: the mark remembers it.
func TestRolledBackDisk(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, 24*time.Hour)
	hold := tl.hold(ana, 1000)
	tl.must("close", tl.Close())
	before, err := os.ReadFile(tl.path("journal.db"))
	tl.must("copy", err)
	tl.open()
	tl.append(tl.redeem(ana, hold))
	// The machine dies here, without a Close; the image is put back.
	mark, err := os.ReadFile(tl.path("mark"))
	tl.must("read mark", err)
	tl.must("close", tl.Close())
	tl.must("restore", os.WriteFile(tl.path("journal.db"), before, 0o600))
	tl.must("restore", os.WriteFile(tl.path("mark"), mark, 0o600))
	os.Remove(tl.path("journal.db-wal"))
	tl.open()
	if opening := tl.Opening(); opening.NewEpoch == nil || opening.NewEpoch.Epoch != 2 {
		t.Fatalf("opening: %+v", opening)
	}
	tl.greet()
	_, err = tl.PlaceHold(context.Background(), tl.wish(ana, 500))
	tl.wantNoRedeem("hold on a restored disk", err, loyalty.NoRight)
	tl.wantNoRedeem("spend a hold on a restored disk", tl.Append(context.Background(), tl.redeem(ana, hold)), loyalty.HoldGone)
	tl.clean()
}

// A right of a release to come holds up nothing that the feed brings behind it.
func TestRightOfAReleaseToCome(t *testing.T) {
	tl := newTill(t)
	ana := newAccountID()
	id, grant := tl.grant(ana, 500, time.Hour)
	grant.Body = append(grant.Body[:len(grant.Body)-1:len(grant.Body)-1], `,"to_come":1}`...)
	if err := tl.AddRight(t.Context(), grant); err == nil {
		t.Error("it was taken as it is")
	}
	tl.apply(
		ledger.Change{Position: 1, Kind: ledger.RightChange, Key: id.String(), Right: &ledger.RightState{
			Terminal: tl.opts.Terminal, Right: id, Grant: &grant,
		}},
		tl.row(2, ana, "", ledger.Balance{Program: program, Unit: points, Available: 7}, ledger.Place{}),
	)
	if b := tl.balance(ana); b.Shown != 7 || b.Spendable != 0 {
		t.Errorf("shown: %+v", b)
	}
}
