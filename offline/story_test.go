package offline_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A sale stands after the store was closed and opened, and repeating it
// changes nothing.
func TestAppendStands(t *testing.T) {
	tl := newTill(t)
	ctx := context.Background()
	ana := newAccountID()
	tl.append(tl.enroll(ana, "+905321234567"))
	sale := tl.sale(ana, 19)
	tl.append(sale)
	tl.append(sale)
	tl.reopen()
	tl.append(sale)
	if head := tl.head(); head.Seq != 2 {
		t.Fatalf("head is %d, want 2", head.Seq)
	}
	found, err := tl.Sale(ctx, day, "pos-1")
	if err != nil || found == nil || found.Entry != sale.Entry.ID {
		t.Fatalf("sale: %v, %v", found, err)
	}
	member, err := tl.Find(ctx, ledger.PhoneIdentifier, "+905321234567")
	if err != nil {
		t.Fatal(err)
	}
	if got := member.Balance(points).Shown; got != 19 || member.Name != "***4567" || member.Account != ana {
		t.Fatalf("member: %+v", member)
	}
	stretch, err := tl.Unsent(ctx, 500, 1<<20)
	if err != nil || len(stretch.Bodies) != 2 || len(stretch.Attachments) != 1 {
		t.Fatalf("unsent: %+v, %v", stretch, err)
	}
	tl.ackAll()
	if stretch, err := tl.Unsent(ctx, 500, 1<<20); err != nil || len(stretch.Bodies) != 0 {
		t.Fatalf("unsent after ack: %+v, %v", stretch, err)
	}
	tl.clean()
}
