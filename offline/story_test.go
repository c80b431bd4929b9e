package offline_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
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

// A sale's id is taken once per business day, by the entry that came first;
// an entry's id by the body that came first. Nothing is written by the loser.
func TestAppendConflicts(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	ana := newAccountID()
	first := tl.sale(ana, 19)
	tl.append(first)
	second := tl.sale(ana, 20)
	second.Entry.Sale.ID = first.Entry.Sale.ID
	second = tl.encode(second.Entry)
	exists := wantError[*ledger.SaleExists](t, tl.Append(ctx, second))
	if exists.Entry != first.Entry.ID || exists.Request != first.Request || string(exists.Body) != string(first.Body) {
		t.Errorf("exists: %v", exists)
	}
	second.Entry.Day = "2026-11-23"
	tl.append(tl.encode(second.Entry))
	other := tl.sale(ana, 21)
	other.Entry.ID = first.Entry.ID
	if tl.Append(ctx, tl.encode(other.Entry)) == nil {
		t.Error("another body under the same id was taken")
	}
	if got := tl.balance(ana).Shown; got != 39 {
		t.Errorf("shown %d, want 39", got)
	}
	if none, err := tl.Sale(ctx, day, "never"); none != nil || err != nil {
		t.Errorf("a sale that never was: %v, %v", none, err)
	}
	tl.clean()
}

// An entry repeated after a new epoch began still stands.
func TestRepeatedAcrossEpochs(t *testing.T) {
	tl := newTill(t)
	ana := newAccountID()
	enroll, sale := tl.enroll(ana, "+905321234567"), tl.sale(ana, 5)
	tl.append(enroll)
	tl.append(sale)
	tl.ackAll()
	tl.must("open epoch", tl.OpenEpoch(context.Background(), 0, tl.head()))
	tl.append(enroll)
	tl.append(sale)
	if head := tl.head(); head.Epoch != 2 || head.Seq != 0 {
		t.Errorf("head %+v", head)
	}
	tl.clean()
}

// A record that does not fit together is refused before anything is written.
func TestRecordMustFit(t *testing.T) {
	tl := newTill(t)
	ana := newAccountID()
	noDay := tl.sale(ana, 1)
	noDay.Entry.Day = ""
	lost, wrong, stray := tl.enroll(ana, "+905321234567"), tl.enroll(ana, "+905321234567"), tl.sale(ana, 1)
	lost.Attachment = nil
	wrong.Attachment = []byte("another")
	stray.Attachment = []byte("for nothing")
	for name, record := range map[string]ledger.Record{
		"nothing": {}, "no business day": tl.encode(noDay.Entry), "no attachment": lost, "another attachment": wrong, "an attachment too many": stray,
	} {
		if tl.Append(context.Background(), record) == nil {
			t.Errorf("%s: was taken", name)
		}
	}
	if tl.head().Seq != 0 {
		t.Error("something was written")
	}
}

// Counter, exchange and feed work on one store at once, and nothing of it is
// lost or doubled.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(0, 0)
	const each = 40
	work := map[string]func(i int) error{
		"read": func(int) error {
			m, err := tl.Member(ctx, ana)
			if err == nil && m.Balance(points).Shown%2 != 0 {
				err = fmt.Errorf("%d shown", m.Balance(points).Shown)
			}
			return err
		},
		"receipt": func(int) error { _, err := tl.NextReceipt(ctx); return err },
		"status":  func(int) error { _, err := tl.Status(ctx); return err },
		"send": func(int) error {
			s, err := tl.Unsent(ctx, 7, 1<<20)
			if err != nil || len(s.Bodies) == 0 {
				return err
			}
			place := ledger.Place{Terminal: tl.opts.Terminal, Epoch: s.Seal.Epoch, Branch: s.Seal.Branch, Seq: s.Seal.First + ledger.Seq(len(s.Bodies)) - 1}
			if err := tl.Acknowledge(ctx, ledger.Ack{UpTo: place, Head: s.Seal.Head, Incarnation: 1, At: tl.now()}); err != nil {
				return err
			}
			row := tl.row(ledger.Position(place.Seq)+1, ana, "", ledger.Balance{Program: program, Unit: points, Available: 2 * ledger.Points(place.Seq)}, place)
			return tl.Apply(ctx, []ledger.Change{row}, ledger.Cursor{Incarnation: 1, Position: row.Position})
		},
	}
	for _, till := range []string{"one", "two"} {
		var records []ledger.Record
		for range each {
			records = append(records, tl.sale(ana, 2))
		}
		work["sell at "+till] = func(i int) error { return tl.Append(ctx, records[i]) }
	}
	var running sync.WaitGroup
	for name, do := range work {
		running.Go(func() {
			for i := range each {
				if err := do(i); err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
			}
		})
	}
	running.Wait()
	if got := tl.balance(ana).Shown; got != 4*each {
		t.Errorf("shown %d, want %d", got, 4*each)
	}
	tl.clean()
}

// Closing twice is nothing.
func TestCloseTwice(t *testing.T) {
	tl := newTill(t)
	tl.must("close", tl.Close())
	tl.must("close again", tl.Close())
	if _, err := offline.Open(context.Background(), offline.Options{}); err == nil {
		t.Error("a store without options was opened")
	}
}
