package sync_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// mall is a chain with several programs, whose units have one name.
type mall struct{ *world }

// another is a further program: three points where the starter gives one.
func another(t testing.TB, id, currency string) []byte {
	return testkit.Program(t, "program: starter", "program: "+id, "currency: TRY", "currency: "+currency, "points: 1/100", "points: 3/100").Source()
}

// newMall has the starter in stores s1 and s3, in lira, and gold in s2, in euro.
func newMall(t testing.TB) *mall {
	t.Helper()
	m := &mall{newWorld(t)}
	m.must(m.AddProgram(context.Background(), another(t, "gold", "EUR"), "gold.yaml"))
	m.store("s2", "EUR")
	m.store("s3", "TRY")
	return m
}

func (m *mall) store(id ledger.StoreID, currency ledger.Currency) {
	m.t.Helper()
	m.must(m.CreateStore(context.Background(), wire.Store{ID: id, Name: string(id), Currency: currency, TimeZone: "Europe/Istanbul", Region: "TR"}))
}

// tillAt enrolls a till of a store, which works by the store's program.
func (m *mall) tillAt(store ledger.StoreID) *testkit.Enrolled {
	m.t.Helper()
	e := m.EnrollAt(store, m.Address)
	m.greet(e)
	m.pull(e)
	return m.changeOver(e)
}

// changeOver opens a till for its store's program where that is another.
func (m *mall) changeOver(e *testkit.Enrolled) *testkit.Enrolled {
	m.t.Helper()
	if !e.Replaced {
		return e
	}
	m.must(e.Store.Close())
	e = m.Reopen(e)
	m.greet(e)
	m.pull(e)
	return e
}

// sells sells to ana in the currency of a till's program.
func (m *mall) sells(e *testkit.Enrolled, amount ledger.Minor, redeem ...string) *ledger.Entry {
	m.t.Helper()
	m.sales++
	completed, err := e.Complete(context.Background(), m.Clock.Now(), checkout.Basket{
		Entry: e.NewEntry(), SaleID: fmt.Sprint("s", m.sales), Currency: e.Programs.At(m.Clock.Now()).Currency(), Redeem: testkit.Once(redeem...),
		Lines: []ledger.Line{{Net: amount, Gross: amount, Quantity: 1}}, Who: checkout.Who{Phone: e164, Proof: ledger.Claimed},
	})
	m.must(err)
	return completed.Entry
}

// settle lets headquarters and tills come to rest.
func (m *mall) settle(tills ...*testkit.Enrolled) {
	m.t.Helper()
	for range 2 {
		for _, e := range tills {
			m.drain(e)
		}
		for _, e := range tills {
			m.pull(e)
		}
	}
}

// has is what headquarters has of ana's points, under each program.
func (m *mall) has(want map[string]ledger.Points) {
	m.t.Helper()
	m.must(m.Work(context.Background()))
	member, err := m.MemberByPhone(context.Background(), e164)
	m.must(err)
	got := map[string]ledger.Points{}
	for _, b := range member.Balances {
		if b.Unit == testkit.Points {
			got[b.Program] = b.Available + b.Escrowed - b.Receivable
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		m.t.Errorf("headquarters has: %s", diff)
	}
}

// shows is what a till shows of ana, and what it may spend.
func (m *mall) shows(when string, e *testkit.Enrolled, shown, spendable ledger.Points) {
	m.t.Helper()
	member, err := e.Store.Find(context.Background(), ledger.PhoneIdentifier, e164)
	m.must(err)
	if b := member.Balance(testkit.Points); b.Shown != shown || b.Spendable != spendable || len(member.Balances) > 1 {
		m.t.Errorf("%s: a till of %s shows %+v, want %d shown and %d spendable", when, e.Store.Program(), member.Balances, shown, spendable)
	}
}

// whole verifies headquarters and tills.
func (m *mall) whole(tills ...*testkit.Enrolled) {
	m.t.Helper()
	m.sound()
	for _, e := range tills {
		report, err := e.Store.Verify(context.Background(), nil)
		m.must(err)
		for _, f := range report.Findings {
			m.t.Errorf("a till of %s: %s", e.Store.Program(), f)
		}
	}
}

// A member of two programs earns and spends in the stores of each, also offline;
// nothing of one is seen, spent or counted under the other, though their units
// have one name.
func TestTwoPrograms(t *testing.T) {
	m := newMall(t)
	lira, euro, third := m.tillAt("s1"), m.tillAt("s2"), m.tillAt("s3")
	if a, b, c := lira.Store.Program(), euro.Store.Program(), third.Store.Program(); a != "starter" || b != "gold" || c != "starter" {
		t.Fatalf("the stores have %s, %s and %s", a, b, c)
	}
	m.takeIn(lira)
	m.settle(lira, euro, third)
	m.sells(lira, 60_000) // 600 points
	m.settle(lira, euro, third)
	m.shows("earned in lira", lira, 600, 500)
	m.shows("earned in lira", third, 600, 0)
	m.shows("earned in lira", euro, 0, 0)
	m.sells(euro, 40_000) // 1,200 points
	m.settle(lira, euro, third)
	m.shows("earned in euro", lira, 600, 500)
	m.shows("earned in euro", euro, 1200, 1000)
	m.has(map[string]ledger.Points{"starter": 600, "gold": 1200})

	m.sells(lira, 10_000, "five") // +95 -500, both offline
	m.sells(euro, 10_000, "five") // +285 -500
	m.sells(euro, 10_000, "five")
	m.shows("offline", lira, 195, 0)
	m.shows("offline", euro, 770, 0)
	m.settle(lira, euro, third)
	m.has(map[string]ledger.Points{"starter": 195, "gold": 770})
	m.shows("settled", third, 195, 0)
	m.shows("settled", euro, 770, 500)
	if lost := m.Told(event.Loss); len(lost) > 0 {
		t.Errorf("lost: %+v", lost)
	}
	_, err := lira.Complete(context.Background(), m.Clock.Now(), checkout.Basket{
		Entry: lira.NewEntry(), SaleID: "euro", Currency: "EUR",
		Lines: []ledger.Line{{Net: 100, Gross: 100, Quantity: 1}}, Who: checkout.Who{Phone: e164, Proof: ledger.Claimed},
	})
	var invalid *loyalty.InvalidBasket
	if !errors.As(err, &invalid) {
		t.Errorf("a sale in another currency: %v", err)
	}
	m.whole(lira, euro, third)
}

// What was sold in a store of one program comes back in one of the other: it is
// the sale's program that takes it back.
func TestReturnUnderTheSalesProgram(t *testing.T) {
	m := newMall(t)
	lira, euro := m.tillAt("s1"), m.tillAt("s2")
	m.takeIn(lira)
	m.settle(lira, euro)
	sale := m.sells(lira, 60_000)
	m.sells(euro, 10_000)
	m.settle(lira, euro)
	_, err := euro.Return(context.Background(), m.Clock.Now(), checkout.Taking{
		Entry: euro.NewEntry(), ID: "r1", Of: ledger.SaleRef{Terminal: lira.Options.Terminal, Day: sale.Day, ID: sale.Sale.ID},
		Wish: loyalty.Wish{Gross: 30_000}, Asked: []byte("half"),
	})
	m.must(err)
	m.settle(euro, lira)
	m.has(map[string]ledger.Points{"starter": 300, "gold": 300})
	m.shows("half came back", lira, 500, 300) // what is set aside is not taken, and covers the 200 that are owed
	m.shows("half came back", euro, 300, 0)
	m.whole(lira, euro)
}

// A store is given another program: a till that hears of it gives back what it
// held and changes over, one that does not goes on and is posted under what it
// names. What she had stays hers, in the stores that have it, and is there again
// when the store has it back.
func TestStoreIsGivenAnotherProgram(t *testing.T) {
	ctx := context.Background()
	m := newMall(t)
	near, far, third := m.tillAt("s1"), m.tillAt("s1"), m.tillAt("s3")
	m.takeIn(near)
	m.settle(near, far, third)
	sale := m.sells(near, 60_000)
	m.settle(near, far, third)
	m.shows("before", near, 600, 500)
	m.must(m.AddProgram(ctx, another(t, "silver", "TRY"), "silver.yaml"))
	m.must(m.AssignProgram(ctx, "s1", "silver"))

	m.sells(near, 1_000) // it has not heard yet
	m.settle(near)
	m.settle(near) // what it was asked for comes back
	if !near.Replaced {
		t.Fatal("the till does not hear of its store's program")
	}
	near = m.changeOver(near)
	if got := near.Store.Program(); got != "silver" {
		t.Fatalf("it works by %s", got)
	}
	m.shows("changed over", near, 0, 0)
	if e := m.sells(near, 10_000); e.Program.ID != "silver" || e.Postings[0].Amount != 300 {
		t.Errorf("it sells under %+v", e.Program)
	}
	m.shows("sold", near, 300, 0)
	m.sells(far, 2_000) // offline all the while
	back, err := near.Return(ctx, m.Clock.Now(), checkout.Taking{
		Entry: near.NewEntry(), ID: "r1", Of: ledger.SaleRef{Day: sale.Day, ID: sale.Sale.ID}, Wish: loyalty.Wish{Gross: 30_000}, Asked: []byte("half"),
	})
	m.must(err)
	if back.Entry.Program.ID != "starter" || back.Entry.Told != nil {
		t.Errorf("it comes back under %+v, told %+v", back.Entry.Program, back.Entry.Told)
	}
	m.shows("half of the old sale came back", near, 300, 0)
	m.settle(near, far, third)
	m.has(map[string]ledger.Points{"starter": 600 + 10 + 20 - 300, "silver": 300})
	m.shows("settled", near, 300, 0)
	m.shows("settled", third, 330, 0)
	far = m.changeOver(far)
	m.shows("settled", far, 300, 0)
	m.sells(third, 20_000)
	m.settle(near, far, third)
	m.shows("placed where she shops", third, 530, 500)

	m.must(m.AssignProgram(ctx, "s1", "starter"))
	m.settle(near, far)
	near, far = m.changeOver(near), m.changeOver(far)
	m.shows("given back", near, 530, 0)
	if e := m.sells(near, 10_000); e.Program.ID != "starter" {
		t.Errorf("it sells under %+v", e.Program)
	}
	m.settle(near, far, third)
	m.has(map[string]ledger.Points{"starter": 630, "silver": 300})
	if lost := m.Told(event.Loss); len(lost) > 0 {
		t.Errorf("lost: %+v", lost)
	}
	m.whole(near, far, third)
}

// A till of a store that was given another program, and has not heard of it, is
// not given more of what the store no longer spends.
func TestNoRightsOfAFormerProgram(t *testing.T) {
	ctx := context.Background()
	m := newMall(t)
	near := m.tillAt("s1")
	account := m.takeIn(near)
	m.sells(near, 60_000)
	m.settle(near)
	m.must(m.AddProgram(ctx, another(t, "silver", "TRY"), "silver.yaml"))
	m.must(m.AssignProgram(ctx, "s1", "silver"))
	if err := near.Exchange.AskRight(ctx, account, "starter", testkit.Points, 100); err == nil {
		t.Error("it is given points of a program that its store does not have")
	}
	m.Clock.Advance(time.Hour)
	m.sells(near, 10_000, "five") // what it holds it may still spend
	m.settle(near)
	m.has(map[string]ledger.Points{"starter": 600 + 95 - 500})
	m.whole(near)
}

// What was held under the program before pays for nothing under the other, even
// where a reward there has its name and cost; let go, it goes back.
func TestHoldOfAFormerProgram(t *testing.T) {
	ctx := context.Background()
	m := newMall(t)
	near := m.tillAt("s1")
	account := m.takeIn(near)
	m.sells(near, 60_000)
	m.settle(near)
	hold, err := near.Hold(ctx, m.Clock.Now(), checkout.Reserve{ID: near.NewHold(), SaleID: "late", Account: account, Reward: "five", Proof: ledger.Claimed})
	m.must(err)
	if held, err := near.Store.Holding(ctx); !held || err != nil {
		t.Errorf("a till that holds says %v, %v", held, err)
	}
	m.must(m.AddProgram(ctx, another(t, "silver", "TRY"), "silver.yaml"))
	m.must(m.AssignProgram(ctx, "s1", "silver"))
	m.settle(near)
	near = m.changeOver(near) // it was switched off and on
	_, err = near.Complete(ctx, m.Clock.Now(), checkout.Basket{
		Entry: near.NewEntry(), SaleID: "late", Currency: "TRY", Holds: []ledger.HoldID{hold.ID},
		Lines: []ledger.Line{{Net: 10_000, Gross: 10_000, Quantity: 1}}, Who: checkout.Who{Account: account, Proof: ledger.Claimed},
	})
	var gone *loyalty.NoRedeem
	if !errors.As(err, &gone) || gone.Reason != loyalty.HoldGone {
		t.Errorf("it pays: %v", err)
	}
	m.must(near.Store.ReleaseHold(ctx, hold.ID))
	m.settle(near)
	member, err := m.MemberByPhone(ctx, e164)
	m.must(err)
	if b := member.Balances[0]; b.Program != "starter" || b.Available != 600 || b.Escrowed != 0 {
		t.Errorf("headquarters has %+v", b)
	}
	m.whole(near)
}

// What a store cannot have is refused in words.
func TestNotAssigned(t *testing.T) {
	ctx := context.Background()
	m := newMall(t)
	for _, c := range []struct{ store, program, says string }{
		{"s1", "gold", `program "gold" counts in EUR, and the store in TRY`},
		{"s1", "none", `there is no program "none": the chain has "starter", "gold"`},
	} {
		err := m.AssignProgram(ctx, ledger.StoreID(c.store), c.program)
		var refused *hq.NotAssignable
		if !errors.As(err, &refused) || refused.Reason != c.says {
			t.Errorf("%s for %s: %v", c.program, c.store, err)
		}
	}
	if err := m.AssignProgram(ctx, "s9", "gold"); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("no store: %v", err)
	}
	yen := wire.Store{ID: "s4", Name: "Ginza", Currency: "JPY", TimeZone: "Asia/Tokyo", Region: "JP"}
	var refused *hq.NotAssignable
	if err := m.CreateStore(ctx, yen); !errors.As(err, &refused) {
		t.Errorf("a store that no program serves: %v", err)
	}
	yen.ID, yen.Currency = "s2", "TRY"
	if err := m.CreateStore(ctx, yen); !errors.As(err, &refused) {
		t.Errorf("a store of gold in lira: %v", err)
	}
}
