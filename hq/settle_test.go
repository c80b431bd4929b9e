package hq_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// fruity is a member of item-rewards, who gets a tenth of what fresh fruit costs,
// 5.00 a month at most, at two tills that do not hear of each other.
type fruity struct {
	*world
	a, b *shopper
}

func newFruity(t *testing.T) *fruity {
	t.Helper()
	w := newWorldOf(t, shippedProgram(t, "item-rewards.yaml"))
	a := newShopper(t, w, w.newTill("lane 1"), ayse)
	a.sync()
	b := *a
	b.till = w.newTill("lane 2")
	return &fruity{w, a, &b}
}

func (s *shopper) fruit(net ledger.Minor) *ledger.Entry {
	s.Helper()
	line := ledger.Line{Net: net, Gross: net, Quantity: 1, Categories: []string{"fresh_fruit"}}
	return s.buys([]ledger.Line{line}, "cash")
}

// inAnyOrder tells a story twice and lets headquarters hear of one till first,
// then of the other.
func inAnyOrder(t *testing.T, want string, story func(*fruity)) {
	t.Helper()
	for _, first := range []string{"a", "b"} {
		f := newFruity(t)
		story(f)
		tills := []*shopper{f.a, f.b}
		if first == "b" {
			tills = []*shopper{f.b, f.a}
		}
		for _, till := range tills {
			till.push()
			f.work()
		}
		f.wants("heard of "+first+" first", ayse, want)
		f.clean()
	}
}

// The sale that was first has what a limit leaves, though it is heard of last.
func TestFirstSaleHasTheLimit(t *testing.T) {
	var first, second *ledger.Entry
	inAnyOrder(t, "cash 500", func(f *fruity) {
		first = f.a.fruit(4000)
		second = f.b.fruit(3000)
	})
	f := newFruity(t)
	first, second = f.a.fruit(4000), f.b.fruit(3000)
	for _, at := range []*shopper{f.b, f.a} {
		at.push()
		f.work()
	}
	if first, second := f.corrections(first), f.corrections(second); len(first) != 0 || fmt.Sprint(second) != "[cap_exceeded]" {
		t.Errorf("corrected %v and %v, want the second sale", first, second)
	}
}

// A sale that comes back in part, before or after it is cut, gives back its part
// of what the limit left it.
func TestPartOfCutSale(t *testing.T) {
	inAnyOrder(t, "cash 400", func(f *fruity) {
		f.a.fruit(3000)
		sale := f.b.fruit(4000) // 200 of 400 are left, and half of that goes back
		f.b.comeBack(sale, nil, loyalty.Wish{Gross: 2000})
	})
}

// A void leaves room for what another sale was cut, whichever is heard of first.
func TestVoidLeavesRoom(t *testing.T) {
	inAnyOrder(t, "cash 500", func(f *fruity) {
		sale := f.a.fruit(5000)
		f.b.fruit(5000)
		f.a.comeBack(sale, nil, loyalty.Wish{All: true})
	})
	f := newFruity(t)
	void, other := f.a.fruit(5000), f.b.fruit(5000)
	for _, at := range []*shopper{f.a, f.b} {
		at.push()
		f.work()
	}
	f.a.comeBack(void, nil, loyalty.Wish{All: true})
	f.a.push()
	f.work()
	if got := fmt.Sprint(f.corrections(other)); got != "[cap_exceeded cap_freed]" {
		t.Errorf("corrected %s, want the cut and that it is given again", got)
	}
	f.b.comeBack(other, nil, loyalty.Wish{All: true})
	f.b.push()
	f.work()
	f.wants("both are void, and all is set aside at tills", ayse, "cash 500 owed 500")
	f.clean()
}

// A void of a sale that was cut gives back to the limit what it had of it, and no
// more.
func TestVoidOfCutSale(t *testing.T) {
	inAnyOrder(t, "cash 500", func(f *fruity) {
		f.a.fruit(4000)
		void := f.b.fruit(3000)
		f.b.comeBack(void, nil, loyalty.Wish{All: true})
		f.b.fruit(3000)
	})
}

// What two tills gave to a referrer beyond a limit of hers is taken back too.
func TestReferrersLimit(t *testing.T) {
	w := newWorldOf(t, shippedProgram(t, "engagement.yaml"))
	lee := newShopper(t, w, w.newTill("lane 1"), ayse)
	lee.sync()
	for i := range 5 {
		friend := newShopper(t, w, w.newTill(fmt.Sprint("lane ", i+2)), phoneNumber(i+1))
		friend.does(ledger.Activity{On: "referral", Name: "first_purchase", Ref: fmt.Sprint("r-", i), Value: 2500}, lee)
		friend.sync()
	}
	w.wants("five friends at 25, of 100 a year, which are a voucher", ayse, "voucher.ten 1")
	w.clean()
}

// A void after returns of all of its sale is one whichever is heard of first: the
// visit is none.
func TestVoidBehindReturns(t *testing.T) {
	for _, voidFirst := range []bool{false, true} {
		f := newFruity(t)
		sale := f.a.fruit(1000)
		f.a.push()
		f.b.elsewhere(f.a.till, sale, ledger.ReturnedLine{Line: 0})
		f.a.comeBack(sale, nil, loyalty.Wish{All: true})
		tills := []*shopper{f.b, f.a}
		if voidFirst {
			tills = []*shopper{f.a, f.b}
		}
		for _, till := range tills {
			till.push()
			f.work()
		}
		f.a.pull()
		account, _ := f.a.subject.Account()
		var state loyalty.State
		if err := json.Unmarshal(f.a.rows["account "+account.String()].Account.State, &state); err != nil {
			t.Fatal(err)
		}
		if state.Visits != 0 {
			t.Errorf("void first %v: %d visits", voidFirst, state.Visits)
		}
		f.clean()
	}
}

// corrections are the reasons for which headquarters corrected an entry, in order.
func (w *world) corrections(of *ledger.Entry) (reasons []string) {
	w.Helper()
	db := w.behind()
	defer db.Close()
	rows, err := db.Query("SELECT body FROM own_entry JOIN ledger USING (account, entry) ORDER BY n")
	if err != nil {
		w.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			w.Fatal(err)
		}
		e, err := ledger.Decode(body)
		if err != nil {
			w.Fatal(err)
		}
		if e.Kind == ledger.Correct && e.Correct.Entry == of.ID {
			reasons = append(reasons, e.Correct.Reason)
		}
	}
	if err := rows.Err(); err != nil {
		w.Fatal(err)
	}
	return reasons
}
