package hq_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// pair is two members with accounts of their own, each served at a till of her own:
// Ayşe's has the smaller id, so that Mehmet's becomes hers.
type pair struct {
	*world
	a, b         *till
	hers, his    ledger.Subject
	into, merged ledger.AccountID
}

func newPair(t testing.TB, p *loyalty.Program) *pair {
	t.Helper()
	w := newWorldOf(t, p)
	two := &pair{world: w, a: w.newTill("lane 1"), b: w.newTill("lane 2"), into: newAccountID(), merged: newAccountID()}
	two.into[0], two.merged[0] = 0x10, 0xe0
	two.hers = ledger.SubjectOf(two.a.addMemberAs(two.into, ayse, "Ayşe"))
	two.his = ledger.SubjectOf(two.b.addMemberAs(two.merged, mehmet, "Mehmet"))
	two.a.sync()
	two.b.sync()
	return two
}

func (w *world) merging() hq.MemberMerge {
	return hq.MemberMerge{ID: newEntryID(), Phone: mehmet, Other: ayse, Reason: "one person", Operator: "9"}
}

// merge makes the two accounts one, without anything else being done.
func (p *pair) merge() inquiry.MemberState {
	p.Helper()
	m, err := p.hq.MergeMembers(context.Background(), p.merging())
	if err != nil {
		p.Fatal(err)
	}
	return m
}

// isOne compares what the one account has.
func (p *pair) isOne(when string, available, escrowed, owed ledger.Points) {
	p.Helper()
	p.expect(when, available, escrowed)
	if b := p.balance(mehmet); b.Receivable != owed || p.member(mehmet).Account != p.into {
		p.Errorf("%s: %d owed, want %d; his number leads to %s", when, b.Receivable, owed, p.member(mehmet).Account)
	}
	p.clean()
}

// Two accounts with points become the one of the smaller id: both numbers, cards
// and members lead there, the stores are told, and its history and state tell of it.
func TestMerge(t *testing.T) {
	p := newPair(t, nil)
	p.a.earn(p.hers, 150)
	p.b.give(p.his, herCard)
	p.b.earn(p.his, 50)
	p.a.sync()
	p.b.sync()
	m := p.merge()
	p.isOne("at once", 200, 0, 0)
	if m.Account != p.into || m.Member != ledger.MemberID(p.merged) || len(m.Household) != 2 || !slices.Equal(m.Merged, []ledger.AccountID{p.merged}) {
		t.Errorf("merged: %+v", m)
	}
	p.b.sync()
	if n := p.b.identifiers(p.hers); n != 3 {
		t.Errorf("%d identifiers lead to it, want two numbers and a card", n)
	}
	if f := p.b.rows["forward "+p.merged.String()].Forward; f == nil || f.To != p.into {
		t.Errorf("the stores are told %+v", f)
	}
	p.isOne("half is placed at the lane used last", 100, 100, 0)
	rows, err := p.hq.History(t.Context(), mehmet, 100)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(rows, func(h inquiry.Happened) bool { return h.Kind == ledger.Merge })
	if i < 0 || rows[i].Reason != "one person" || rows[i].Other != p.merged || rows[i].Operator != "9" {
		t.Errorf("history: %+v", rows)
	}
}

// What cannot be is refused, and changes nothing.
func TestMergeRefused(t *testing.T) {
	p := newPair(t, nil)
	p.a.addTo(p.into, "+905320000003", "Ece")
	p.a.sync()
	try := func(change func(*hq.MemberMerge), want error) {
		t.Helper()
		m := p.merging()
		change(&m)
		if _, err := p.hq.MergeMembers(t.Context(), m); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	try(func(m *hq.MemberMerge) { m.Phone = ayse }, hq.ErrOneAccount)
	try(func(m *hq.MemberMerge) { m.Phone = "+905320000003" }, hq.ErrOneAccount)
	try(func(m *hq.MemberMerge) { m.Phone = "+905320000009" }, records.ErrNotFound)
	try(func(m *hq.MemberMerge) { m.Other = "+905320000009" }, records.ErrNotFound)
	if p.member(mehmet).Account != p.merged {
		t.Error("they are one")
	}
	backup := p.backup()
	p.restore(backup)
	try(func(*hq.MemberMerge) {}, hq.ErrRestoring)
	p.clean()
}

// A right of his stays valid at a till that is cut off: what is spent there after
// the merge is paid by it, and what is left ends with her.
func TestMergedRightEndsAtSurvivor(t *testing.T) {
	for _, reclaimed := range []bool{false, true} {
		p := newPair(t, nil)
		p.a.earn(p.hers, 40)
		p.b.earn(p.his, 1000)
		p.a.sync()
		p.b.sync()
		r := p.b.theRight() // 500, at a till that hears nothing more for now
		p.merge()
		p.isOne("merged", 540, 500, 0)
		p.b.spend(p.his, r.ID, 300)
		p.b.earn(p.his, 7)
		if reclaimed {
			p.b.push()
			p.work()
			p.pass(11 * 24 * time.Hour)
			if err := p.hq.ConfirmClock(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.work()
		} else {
			p.b.giveBack(p.his, r.ID, 200)
			p.b.push()
			p.work()
		}
		if b := p.balance(ayse); b.Available+b.Escrowed != 747 {
			t.Errorf("she has %+v, want 747", b)
		}
		for _, open := range p.member(ayse).Rights {
			if open.Right == r.ID {
				t.Errorf("open: %+v", open)
			}
		}
		if p.told(event.Loss) > 0 || p.status().Quarantined > 0 {
			t.Error("a spend of an open right is lost")
		}
		p.clean()
	}
}

// A till whose session began anew is given the rights of both by hello, under the
// account that his became, and an asked-for right is found there.
func TestMergedRightIsDeliveredAgain(t *testing.T) {
	p := newPair(t, nil)
	p.b.earn(p.his, 1000)
	p.b.sync()
	asked := newRightID()
	if answer := p.b.askRight(asked, p.merged, 100); answer.Grant == nil {
		t.Fatal(answer.Refuse)
	}
	p.merge()
	clear(p.b.rights)
	p.b.mustHello(wire.InStep)
	if len(p.b.rights) != 2 {
		t.Errorf("%d rights, want both", len(p.b.rights))
	}
	if answer := p.b.askRight(asked, p.merged, 100); answer.Grant == nil {
		t.Errorf("asked again: %s", answer.Refuse)
	}
	p.work()
	p.clean()
}

// What one owes, the other's points pay, whichever owes; what they lack stays owed.
func TestMergeOfDebts(t *testing.T) {
	for _, c := range []struct{ hers, his, available, owed ledger.Points }{
		{70, -50, 20, 0}, {-50, 70, 20, 0}, {30, -50, 0, 20}, {-50, 30, 0, 20}, {-20, -30, 0, 50},
	} {
		p := newPair(t, starter(t))
		for who, amount := range map[string]ledger.Points{ayse: c.hers, mehmet: c.his} {
			_, err := p.hq.Adjust(t.Context(), hq.Adjustment{
				ID: newEntryID(), Phone: who, Program: p.program.Ref().ID, Posting: adjusting(amount), Reason: "a start",
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		p.merge()
		p.isOne("merged", c.available, 0, c.owed)
	}
}

// A sale of his stays in his ledger, and a return of it, before and after, by
// whichever till, is hers: what it takes and gives back, in parts, is counted with
// what came back before.
func TestReturnAfterMerge(t *testing.T) {
	p := newPair(t, nil)
	p.b.sell(p.his, "S-1")
	p.b.sync()
	sale := p.b.sell(p.his, "S-2")
	first := p.b.comeBack(sale, nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 1}}})
	p.b.sync()
	p.merge()
	p.isOne("40 and 30", 70, 0, 0)
	second := p.b.comeBack(sale, []*ledger.Entry{first}, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 1}}})
	p.b.sync()
	p.isOne("10 more are back", 60, 0, 0)
	p.b.openEpoch(2, p.b.head.Hash)
	p.b.mustHello(wire.InStep)
	p.b.comeBack(sale, []*ledger.Entry{first, second}, loyalty.Wish{All: true})
	p.b.sync()
	p.isOne("all of it is back", 40, 0, 0)
	if s := p.status(); s.Quarantined+s.Parked > 0 {
		t.Errorf("waiting: %+v", s)
	}
}

// A reward of his that comes back after the merge is given back to the lots that
// paid for it, and pays what is owed first.
func TestGivenBackAfterMerge(t *testing.T) {
	p := newPair(t, nil)
	p.b.earn(p.his, 200)
	p.b.sync()
	sale := p.b.redeem(p.his, "S-off", 100, p.b.theRight().ID)
	p.b.sync()
	p.merge()
	p.isOne("100 are left", 100, 0, 0)
	p.b.comeBack(sale, nil, loyalty.Wish{All: true})
	p.b.sync()
	if b := p.balance(ayse); b.Available+b.Escrowed != 200 {
		t.Errorf("given back: %+v", b)
	}
	p.clean()
}

// What was written again under a new epoch, and was posted to his ledger before the
// merge, stays there once, and the stores hear that it counts.
func TestSentAgainAfterMerge(t *testing.T) {
	p := newPair(t, nil)
	sale := p.b.sell(p.his, "S-1")
	back := p.b.comeBack(sale, nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 1}}})
	p.b.sync()
	p.merge()
	lines, first := p.b.lines, p.b.place()
	p.b.openEpoch(2, lines[0].link)
	for i, l := range lines[1:] {
		orig := first
		orig.Seq = ledger.Seq(i + 2)
		p.b.appendBody(l.body, l.attachment, &orig)
	}
	p.b.mustHello(wire.InStep)
	p.b.sync()
	p.isOne("as before", 30, 0, 0)
	p.b.verdict("once", back, ledger.Posted)
	applied := p.b.rows["account "+p.into.String()].Account.Applied
	if !slices.ContainsFunc(applied, func(at ledger.Place) bool { return at.Terminal == p.b.Terminal && at.Epoch == 2 }) {
		t.Errorf("counted up to %+v", applied)
	}
}

// Whoever stops headquarters between any two steps of it, and asks again: they are
// one, once.
func TestMergeCutShort(t *testing.T) {
	p := newPair(t, nil)
	p.a.earn(p.hers, 40)
	p.b.earn(p.his, 1000)
	p.a.sync()
	p.b.sync()
	r, m := p.b.theRight(), p.merging()
	for _, doing := range []string{"INSERT", "DELETE"} {
		again := p.stop(doing, "handover")
		if _, err := p.hq.MergeMembers(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		p.restart()
		p.clean()
		again()
	}
	p.b.spend(p.his, r.ID, 300)
	p.b.push()
	for range 2 {
		if _, err := p.hq.MergeMembers(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		p.work()
		if b := p.balance(ayse); b.Available+b.Escrowed != 740 || p.told(event.Loss) > 0 {
			t.Errorf("she has %+v", b)
		}
		p.clean()
		p.restart()
	}
}

// What left his ledger and did not arrive, and what was left there, is found.
func TestMergeTampered(t *testing.T) {
	for what, statement := range map[string]string{
		"nothing arrived":  `DELETE FROM ledger WHERE decided LIKE '%"came"%'`,
		"points were left": `UPDATE balance SET available = 1 WHERE account IN (SELECT account FROM forward)`,
		"a right is open":  `UPDATE account_right SET state = 'open' WHERE account IN (SELECT account FROM forward)`,
		"it leads on":      `INSERT INTO forward (account, to_account) SELECT to_account, 'x' FROM forward`,
	} {
		t.Run(what, func(t *testing.T) {
			p := newPair(t, nil)
			p.b.earn(p.his, 1000)
			p.b.sync()
			p.merge()
			p.clean()
			p.sql(statement)
			if len(p.verify()) == 0 {
				t.Error("nothing is found")
			}
		})
	}
}

// Under every program what both had adds up, with tiers and limits, and what a
// store's till is told is its own program's.
func TestMergeUnderEveryProgram(t *testing.T) {
	w, second := newTwins(t)
	programs := map[ledger.StoreID]*loyalty.Program{"0001": w.program, "0002": second}
	hers, his := newCustomer(t, w, ayse, programs), newCustomer(t, w, mehmet, programs)
	for _, c := range []*customer{hers, his} {
		for _, program := range []string{"beauty", "twin"} {
			c.does(deed{program: program, kind: "sell", net: 20_000, push: true})
		}
	}
	if _, err := w.hq.MergeMembers(t.Context(), w.merging()); err != nil {
		t.Fatal(err)
	}
	w.work()
	points := map[string]ledger.Points{}
	for _, b := range w.member(mehmet).Balances {
		if b.Unit == unit {
			points[b.Program] = b.Available + b.Escrowed
		}
	}
	if points["beauty"] != 400 || points["twin"] != 800 {
		t.Errorf("she has %v, want 400 and 800", points)
	}
	for program, s := range hers.at {
		s.pull()
		account := s.rows["account "+w.member(ayse).Account.String()].Account
		var state loyalty.State
		if err := ledger.DecodeJSON(account.State, &state); err != nil {
			t.Fatal(err)
		}
		if _, reached := state.Kept["vib"]; !reached || state.Visits != 2 {
			t.Errorf("%s: its store is told %s", program, account.State)
		}
	}
	w.clean()
}

// A use of a limit that a till may give him stays valid there until it is called
// back: what both had used up is used up, and a void gives it back.
func TestMergedUse(t *testing.T) {
	source := []byte(strings.Replace(yearly, "uses: 1,", "uses: 2,", 1))
	program, err := loyalty.Load(source, "yearly.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := newPair(t, program)
	p.sql(`UPDATE terminal SET takes_uses = 1`)
	gift := func(at *till, subject ledger.Subject) *ledger.Entry {
		e := selling(subject, saleID())
		e.Program = new(program.Ref())
		e.Sale.Rewards = []ledger.Taken{{Reward: "gift", Times: 1, Discount: 400}}
		e.Uses = []ledger.LimitUse{{Limit: "gift", Uses: 1, Reward: "gift"}}
		for id, r := range at.rights {
			if r.Unit == ledger.UseUnit("gift") {
				e.Postings = append(e.Postings, ledger.Posting{
					Unit: r.Unit, Amount: 1, From: ledger.Escrow(id), To: ledger.Redeemed, Reward: "gift", Right: id,
				})
			}
		}
		return at.append(e, nil, nil)
	}
	for _, s := range []struct {
		at *till
		of ledger.Subject
	}{{p.a, p.hers}, {p.b, p.his}} {
		e := earning(s.of, saleID(), 10)
		e.Program = new(program.Ref())
		s.at.append(e, nil, nil)
		s.at.sync()
	}
	gift(p.a, p.hers)
	p.a.sync()
	p.merge()
	p.work()
	p.clean()
	given := gift(p.b, p.his) // by a right of before, at a till that has not heard
	for _, at := range []*till{p.b, p.a} {
		at.push()
		at.work()
		at.pull()
		for id, r := range at.rights {
			if state := at.rows["right "+id.String()].Right; r.Unit != unit && state.Recall {
				at.giveBack(at.whose[id], id, 1)
			}
		}
		at.sync()
	}
	if p.told(event.Loss)+p.told(event.Beyond) > 0 {
		t.Error("his use is lost")
	}
	if uses := p.uses(); uses != 0 {
		t.Errorf("%d uses are set aside, and both drew one", uses)
	}
	p.b.comeBack(given, nil, loyalty.Wish{All: true})
	p.b.sync()
	if uses := p.uses(); uses != 1 {
		t.Errorf("%d uses are set aside, and one came back", uses)
	}
	p.clean()
}

// uses is what her tills may still draw on limits.
func (w *world) uses() (rest ledger.Points) {
	for _, r := range w.member(ayse).Rights {
		if _, use := r.Unit.Use(); use {
			rest += r.Rest
		}
	}
	return rest
}
