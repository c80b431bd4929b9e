package hq_test

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

const zehra = "+905320000009"

// An account that two became one in becomes another's itself: a sale of the first
// comes back there, counted with what came back of it in each of the three, and what
// is sent again counts once.
func TestMergedTwice(t *testing.T) {
	p := newPair(t, nil)
	third := newAccountID()
	third[0] = 0x01
	p.a.addMemberAs(third, zehra, "Zehra")
	sale := p.b.sell(p.his, "S-1")
	line := func(i int, quantity int64) loyalty.Wish {
		return loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: i, Quantity: quantity}}}
	}
	var backs []*ledger.Entry
	comesBack := func(wish loyalty.Wish, left ledger.Points) {
		t.Helper()
		backs = append(backs, p.b.comeBack(sale, backs, wish))
		p.a.sync()
		p.b.sync()
		if got := p.balance(mehmet); got.Available+got.Escrowed-got.Receivable != left {
			t.Errorf("%+v, want %d", got, left)
		}
		p.clean()
	}
	comesBack(line(0, 1), 30)
	p.merge()
	comesBack(line(0, 1), 20)
	m := p.merging()
	m.Phone, m.Other = zehra, ayse
	one, err := p.hq.MergeMembers(t.Context(), m)
	if err != nil || one.Account != third || len(one.Household) != 3 || len(one.Merged) != 2 {
		t.Fatalf("%+v, %v", one, err)
	}
	comesBack(line(0, 1), 10)
	p.b.openEpoch(2, p.b.lines[0].link)
	for _, back := range backs {
		body, err := back.Encode()
		if err != nil {
			t.Fatal(err)
		}
		p.b.appendBody(body, nil, nil)
	}
	p.b.mustHello(wire.InStep)
	comesBack(loyalty.Wish{All: true}, 0)
}

// A household becomes another's with everybody in it, and whoever leaves later
// leaves the one.
func TestMergeOfHouseholds(t *testing.T) {
	p := newPair(t, starter(t))
	eces := p.b.addTo(p.merged, zehra, "Zehra")
	p.b.earn(p.his, 300)
	p.b.sync()
	if one := p.merge(); len(one.Household) != 3 {
		t.Errorf("merged: %+v", one)
	}
	p.b.earn(ledger.SubjectOf(eces), 30)
	p.b.sync()
	if m := p.member(zehra); m.Account != p.into || p.balance(zehra).Available+p.balance(zehra).Escrowed != 330 {
		t.Errorf("she is in %+v", m)
	}
	p.clean()
	left, err := p.hq.LeaveHousehold(t.Context(), hq.HouseholdLeave{
		ID: newEntryID(), Program: p.program.Ref().ID, Phone: mehmet, Gives: []loyalty.Amount{{Unit: unit, Amount: 50}},
	})
	if err != nil || left.Account == p.into || left.Member != ledger.MemberID(p.merged) {
		t.Fatalf("left: %+v, %v", left, err)
	}
	p.work()
	if his := p.balance(mehmet).Available; his != 50 {
		t.Errorf("he has %d", his)
	}
	p.b.earn(p.his, 5) // under the id that was his account's: that is the household's
	p.b.sync()
	if got := p.balance(ayse); got.Available+got.Escrowed != 285 {
		t.Errorf("the household has %+v", got)
	}
	p.clean()
}

// Two become one, and he leaves: said again, the merge changes nothing.
func TestMergedAndLeftSince(t *testing.T) {
	p := newPair(t, starter(t))
	p.b.earn(p.his, 300)
	p.b.sync()
	merge := p.merging()
	if _, err := p.hq.MergeMembers(t.Context(), merge); err != nil {
		t.Fatal(err)
	}
	p.work()
	left, err := p.hq.LeaveHousehold(t.Context(), hq.HouseholdLeave{
		ID: newEntryID(), Program: p.program.Ref().ID, Phone: mehmet, Gives: []loyalty.Amount{{Unit: unit, Amount: 50}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.work()
	if again, err := p.hq.MergeMembers(t.Context(), merge); err != nil || again.Account != left.Account {
		t.Errorf("said again: in %s, want %s: %v", again.Account, left.Account, err)
	}
	p.work()
	if m := p.member(mehmet); m.Account != left.Account || p.balance(mehmet).Available != 50 || p.member(ayse).Account != p.into {
		t.Errorf("he is in %s with %+v", m.Account, p.balance(mehmet))
	}
	p.clean()
}

// An entry that was resolved to his account, and could not be posted before the
// merge, is hers.
func TestResolvedBeforeMerge(t *testing.T) {
	p := newPair(t, nil)
	again := p.stop("INSERT", "ledger")
	p.b.earn(p.his, 30)
	p.b.push()
	p.work()
	again()
	if s := p.status(); s.Quarantined != 1 {
		t.Fatalf("%d wait", s.Quarantined)
	}
	p.merge()
	if n, err := p.hq.Retry(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	p.isOne("posted", 30, 0, 0)
}

// What a release before left with accounts that had become another's goes over, and
// so does what comes to their ledgers again.
func TestForwardOfEarlierRelease(t *testing.T) {
	p := newPair(t, nil)
	becomes := func() {
		p.sql(`INSERT INTO forward (account, to_account, to_empty) VALUES ($1, $2, 1)`, p.merged.String(), p.into.String())
		p.work()
	}
	sale := p.b.sell(p.his, "S-1")
	p.b.sync()
	becomes()
	p.expect("moved", 40, 0)
	p.sql(`DELETE FROM forward`)
	p.b.earn(p.his, 60)
	p.b.comeBack(sale, nil, loyalty.Wish{All: true})
	p.b.sync()
	if got := p.balance(mehmet); got.Available+got.Escrowed != 20 {
		t.Fatalf("%+v", got)
	}
	becomes()
	if got := p.balance(ayse); got.Available+got.Escrowed != 60 {
		t.Errorf("%+v", got)
	}
	p.clean()
}

// What he drew on a limit counts for her on its own days: in the month of the merge,
// not in the next, though she exceeds the limit there and is cut.
func TestMergedDrawsKeepTheirDays(t *testing.T) {
	p := newPair(t, shippedProgram(t, "item-rewards.yaml"))
	hers := &shopper{till: p.a, program: p.program, subject: p.hers}
	his := &shopper{till: p.b, program: p.program, subject: p.his}
	void := his.fruit(4000)
	p.b.sync()
	p.pass(9 * 24 * time.Hour) // 1 December
	if err := p.hq.ConfirmClock(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.merge()
	p.pass(time.Hour)
	for range 2 {
		hers.fruit(3000)
	}
	p.a.sync()
	p.wants("400 in one month, 500 in the next", ayse, "cash 900")
	p.b.comeBack(void, nil, loyalty.Wish{All: true})
	p.b.sync()
	hers.fruit(3000)
	p.a.sync()
	p.wants("what is void in one month leaves nothing in the next, and all is set aside", ayse, "cash 900 owed 400")
	p.clean()
}
