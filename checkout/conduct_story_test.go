package checkout_test

import (
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A till without a network looks at its own sales; what it flagged, and what was
// adjusted by hand, headquarters posts and tells of once they meet again.
func TestConductIsTold(t *testing.T) {
	ctx := t.Context()
	program := testkit.Program(t)
	h := testkit.NewHeadquarters(t, program)
	tl := h.Enroll(h.Address)
	exchange := func() {
		t.Helper()
		if _, err := tl.Exchange.Push(ctx); err != nil {
			t.Fatal(err)
		}
		if err := h.Work(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := tl.Exchange.Pull(ctx, 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tl.Exchange.Greet(ctx); err != nil {
		t.Fatal(err)
	}
	_, number, _ := tl.Identify(ctx, ana)
	account := tl.NewAccount()
	if err := tl.Enroll(ctx, tl.Clock.Now(), tl.NewEntry(), account, number, ""); err != nil {
		t.Fatal(err)
	}
	exchange()
	book := employ(t, tl.Till)
	if _, err := book.SignOn(tl.Clock.Now(), "9", approved(t, "9", "4895").PIN); err != nil {
		t.Fatal(err)
	}
	tl.ManagerAbove = 100
	c := &tl.Conduct
	c.OwnNumber, c.AfterTender = checkout.Note, checkout.Note
	c.SameMember.Sales, c.SameMember.Within, c.SameMember.Do = 2, 8*60*60*1e9, checkout.Note
	for _, sale := range []struct {
		id, operator string
		late         bool
	}{{"s1", "", false}, {"s2", "", true}, {"s3", "", false}, {"s4", "7", false}} {
		b := sold(tl.Till, sale.id, sale.operator, checkout.Who{Account: account})
		b.AfterTender = sale.late
		if _, err := tl.Complete(ctx, tl.Clock.Now(), b); err != nil {
			t.Fatal(err)
		}
	}
	adjust := checkout.Adjusting{ID: "a1", Who: checkout.Who{Account: account}, Amount: -150, Reason: "wrong member", Approval: approved(t, "9", "4895"), Asked: []byte("a")}
	done, err := tl.Adjust(ctx, tl.Clock.Now(), adjust)
	if err != nil || done.Entry.Told.Owed != 110 || done.Entry.Approver != "9" {
		t.Fatalf("%+v, %v", done.Entry, err)
	}
	exchange()
	var told []string
	for _, e := range h.Told(event.Flagged) {
		told = append(told, e.Reason)
	}
	if got := strings.Join(told, "; "); got != "after_tender by operator 9; same_member by operator 9; own_number by operator 7" {
		t.Errorf("told: %s", got)
	}
	status, err := h.Status(ctx)
	if err != nil || status.Flagged != 3 || status.Quarantined != 0 {
		t.Errorf("%+v, %v", status, err)
	}
	rows, err := h.History(ctx, "+905321234567", 50)
	if err != nil {
		t.Fatal(err)
	}
	last := rows[len(rows)-1]
	if last.Kind != ledger.Adjust || last.Reason != "wrong member" || last.Operator != "9" || last.Approver != "9" {
		t.Errorf("the history ends with %+v", last)
	}
	member, err := tl.Store.Member(ctx, account)
	if b := member.Balance(testkit.Points); err != nil || b.Shown != 0 || b.Owed != 110 {
		t.Errorf("the till says %+v, %v", b, err)
	}
	if found, err := h.Verify(ctx, nil); err != nil || len(found) != 0 {
		t.Errorf("verify: %v, %v", found, err)
	}
}
