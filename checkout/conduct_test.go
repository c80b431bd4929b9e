package checkout_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/staff"
)

// employ gives a till a cashier, 7 (PIN 4875), whose own number is ana's, and
// two managers, 8 (4885) and 9 (4895), of whom 8 has a number too.
func employ(t testing.TB, tl *testkit.Till) *staff.Book {
	t.Helper()
	return tl.Staffed(
		staff.Operator{ID: "7", Name: "Ali", Role: staff.Cashier, Phone: tl.HashedPhone("+905321234567")},
		staff.Operator{ID: "8", Name: "Can", Role: staff.Manager, Phone: tl.HashedPhone("+905327654321")},
		staff.Operator{ID: "9", Name: "Zeynep", Role: staff.Manager},
	)
}

func approved(t testing.TB, id, keyed string) *staff.Approval {
	t.Helper()
	p, err := pin.Parse(keyed)
	if err != nil {
		t.Fatal(err)
	}
	return &staff.Approval{Operator: id, PIN: p}
}

// sold is a basket of one line.
func sold(tl *testkit.Till, id, operator string, who checkout.Who) checkout.Basket {
	if who.Proof == "" {
		who.Proof = ledger.Claimed
	}
	return checkout.Basket{
		Entry: tl.NewEntry(), SaleID: id, Day: "2026-11-22", Currency: "TRY", Operator: operator, Who: who, Asked: []byte(id),
		Lines: []ledger.Line{{Net: 1000, Gross: 1000, Quantity: 1}},
	}
}

// An operator's own number is her own however it is found: typed, by account or
// by a card, known here or not. It is nobody else's, and no rule where it is off.
func TestOwnNumber(t *testing.T) {
	tl := testkit.NewTill(t, testkit.Program(t))
	employ(t, tl)
	account := tl.NewAccount()
	tl.Feed(ledger.AccountState{Account: account, AsOf: 1, Identifiers: []ledger.KeyedHash{
		tl.HashedPhone("+905321234567"), tl.Options.LookupKey.Hash(ledger.CardIdentifier, "2912345678901"),
	}})
	other := tl.NewAccount()
	tl.Give(other, 10)
	for i, c := range []struct {
		operator string
		who      checkout.Who
		own      bool
	}{
		{"7", checkout.Who{Phone: "0532 123 45 67"}, true},
		{"7", checkout.Who{Account: account, Proof: ledger.Presented}, true},
		{"7", checkout.Who{Account: other}, false},
		{"7", checkout.Who{}, false},
		{"9", checkout.Who{Phone: "05321234567"}, false},
		{"8", checkout.Who{Phone: "05327654321"}, true}, // whom nobody enrolled
		{"8", checkout.Who{Phone: "05321234567"}, false},
		{"5", checkout.Who{Phone: "05321234567"}, false},
		{"", checkout.Who{Phone: "05321234567"}, false},
	} {
		for _, do := range []checkout.Do{"", checkout.Off, checkout.Note, checkout.Ask, checkout.Refuse} {
			tl.Conduct = checkout.Conduct{OwnNumber: do}
			done, err := tl.Complete(t.Context(), tl.Clock.Now(), sold(tl, fmt.Sprintf("s%d%s", i, do), c.operator, c.who))
			var need *checkout.ApprovalNeeded
			var refused *checkout.MemberRefused
			switch {
			case c.own && do == checkout.Ask:
				if !errors.As(err, &need) || !need.Manager {
					t.Errorf("%d %s: %v", i, do, err)
				}
			case c.own && do == checkout.Refuse:
				if !errors.As(err, &refused) {
					t.Errorf("%d %s: %v", i, do, err)
				}
			case err != nil:
				t.Errorf("%d %s: %v", i, do, err)
			case slices.Contains(done.Entry.Flags, ledger.OwnNumber) != (c.own && do == checkout.Note):
				t.Errorf("%d %s: flags %v", i, do, done.Entry.Flags)
			}
		}
	}
}

// Who approves is a manager with her PIN, and another where it is her own number;
// she stands in the entry, and the same sale again needs no PIN.
func TestApproval(t *testing.T) {
	tl := testkit.NewTill(t, testkit.Program(t))
	employ(t, tl)
	tl.Conduct = checkout.Conduct{OwnNumber: checkout.Ask, AfterTender: checkout.Ask}
	b := sold(tl, "s1", "8", checkout.Who{Phone: "05327654321"})
	b.AfterTender = true
	for _, c := range []struct {
		with *staff.Approval
		want error
	}{
		{approved(t, "7", "4875"), checkout.ErrNotManager}, {approved(t, "8", "4885"), checkout.ErrOwnApproval},
		{approved(t, "9", "4885"), staff.ErrWrongPIN}, {approved(t, "5", "4855"), staff.ErrWrongPIN},
	} {
		b.Approval = c.with
		if _, err := tl.Complete(t.Context(), tl.Clock.Now(), b); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
	if entries, _ := tl.Journal(); len(entries) != 0 {
		t.Fatalf("%d entries", len(entries))
	}
	b.Approval = approved(t, "9", "4895")
	done, err := tl.Complete(t.Context(), tl.Clock.Now(), b)
	if err != nil || done.Entry.Approver != "9" || !slices.Equal(done.Entry.Flags, []string{ledger.AfterTender, ledger.OwnNumber}) {
		t.Fatalf("%+v, %v", done.Entry, err)
	}
	b.Approval = nil
	if again, err := tl.Complete(t.Context(), tl.Clock.Now(), b); err != nil || !again.Repeat || again.Entry.ID != done.Entry.ID {
		t.Errorf("again %+v, %v", again, err)
	}
	// An operator gives nothing to herself either.
	tl.ManagerAbove = 1000
	a := checkout.Adjusting{ID: "a", Who: checkout.Who{Phone: "05321234567"}, Amount: 5, Reason: "so", Operator: "7", Approval: approved(t, "7", "4875"), Asked: []byte("a")}
	_, number, _ := tl.Identify(t.Context(), "05321234567")
	if err := tl.Enroll(t.Context(), tl.Clock.Now(), tl.NewEntry(), tl.NewAccount(), number, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := tl.Adjust(t.Context(), tl.Clock.Now(), a); !errors.Is(err, checkout.ErrNotManager) {
		t.Errorf("to herself: %v", err)
	}
}

// One member on many sales of one operator is seen from the journal alone: through
// restarts, and by a reckoning of its own.
func TestSameMember(t *testing.T) {
	const within = time.Hour
	tl, most := testkit.NewTill(t, testkit.Program(t)), 0
	rule := func() {
		tl.Conduct.SameMember.Sales, tl.Conduct.SameMember.Within, tl.Conduct.SameMember.Do = most, within, checkout.Note
	}
	sales := 0
	rapid.Check(t, func(rt *rapid.T) {
		most = rapid.IntRange(1, 4).Draw(rt, "sales")
		rule()
		accounts := []ledger.AccountID{tl.NewAccount(), tl.NewAccount()}
		for _, a := range accounts {
			tl.Feed(ledger.AccountState{Account: a, AsOf: 1})
		}
		type sale struct {
			who, operator int
			at            ledger.Millis
		}
		var all []sale
		operators := []string{"7", "9", "-"}
		for i := range rapid.IntRange(1, 20).Draw(rt, "steps") {
			tl.Clock.Advance(time.Duration(rapid.IntRange(0, 40).Draw(rt, "pass")) * time.Minute)
			if rapid.IntRange(0, 20).Draw(rt, "restart") == 0 {
				tl = tl.Reopen()
				rule()
			}
			s := sale{rapid.IntRange(0, 1).Draw(rt, "who"), rapid.IntRange(0, 2).Draw(rt, "operator"), ledger.MillisOf(tl.Clock.Now())}
			done, err := tl.Complete(t.Context(), tl.Clock.Now(), sold(tl, fmt.Sprint(sales), operators[s.operator], checkout.Who{Account: accounts[s.who]}))
			if err != nil {
				rt.Fatal(err)
			}
			before := 0
			for _, earlier := range all {
				if earlier.who == s.who && earlier.operator == s.operator && earlier.at >= s.at-ledger.Millis(within.Milliseconds()) {
					before++
				}
			}
			want := before >= most && s.operator != 2
			if got := slices.Contains(done.Entry.Flags, ledger.SameMember); got != want {
				rt.Fatalf("sale %d of %d before: flagged %v", i, before, got)
			}
			all = append(all, s)
			sales++
		}
	})
}

// What is keyed where a rule wants a manager: her number, her PIN, and the sale
// goes on with the amount that was keyed before. No PIN is ever shown.
func TestManagerAtTheCounter(t *testing.T) {
	l := newLane(t)
	account := l.member(ana)
	l.till.Give(account, 700)
	book := employ(t, l.till)
	l.till.Conduct = checkout.Conduct{OwnNumber: checkout.Ask}
	l.key("M2")
	l.shows("Operator's number", "")
	l.key("7=4875")
	l.shows("PIN, then ENTER", "                ****")
	l.key("=")
	l.shows("Signed on", "Ali                7")
	if book.OnDuty() != "7" {
		t.Errorf("on duty %q", book.OnDuty())
	}
	l.key("x" + ana + "=1999=")
	l.shows("Manager's number", "")
	l.key("9=48")
	l.shows("PIN, then ENTER", "                  **")
	l.key("<4885=")
	l.shows("Wrong number or PIN", "Manager's no., ENTER")
	l.key("7=4875=")
	l.shows("Another manager:", "her number, ENTER")
	l.key("9=12=")
	l.shows("4 to 12 digits", "PIN, then ENTER")
	l.key("4895=")
	l.shows("Earned           +19", "Balance          719")
	l.key("x" + ana + "=R100=x")
	l.shows("Corner Shop", "Phone, then ENTER") // what was set aside is free again
	l.till.Conduct.OwnNumber = checkout.Refuse
	l.key(ana + "=100=")
	l.shows("Not with this member", "CANCEL")
	l.key("x05327654321=N100=")
	l.shows("Earned            +1", "Balance            1")
	l.key("xM2")
	l.shows("Signed off", "")
	for _, screen := range l.display.Screens {
		for _, line := range screen {
			for _, pin := range []string{"4875", "4895", "4885"} {
				if len(line) >= 4 && (line == pin || line[len(line)-4:] == pin) {
					t.Errorf("%q shows a PIN", line)
				}
			}
		}
	}
	if n := len(l.told); n != 2 || l.told[0].Entry.Operator != "7" || l.told[0].Entry.Approver != "9" || len(l.failed) != 0 {
		t.Errorf("%d told, failed %v", n, l.failed)
	}
}
