package offline_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// together appends all records in one transaction, in this order, and gives
// the answers.
func (tl *till) together(ctxs map[int]context.Context, records ...ledger.Record) []error {
	tl.t.Helper()
	answers := make([]error, len(records))
	release := tl.HoldWriter()
	var running sync.WaitGroup
	for i, r := range records {
		ctx := context.Background()
		if ctxs[i] != nil {
			ctx = ctxs[i]
		}
		running.Go(func() { answers[i] = tl.Append(ctx, r) })
		for tl.Waiting() <= i {
			runtime.Gosched()
		}
	}
	release()
	running.Wait()
	return answers
}

// Whoever appends at the same time shares a transaction, and yet each is
// taken or refused by itself: sales, the same once more, one whose id is
// taken, one that spends what another spent, one nobody waits for.
func TestTogetherEachByItself(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := tl.known(0, 100_000)
	tl.addRight(ana, 1000, time.Hour)
	for round := range 3 {
		hold := tl.hold(ana, 10)
		first, last := tl.sale(ana, 2), tl.sale(ana, 2)
		rival := tl.sale(ana, 50)
		rival.Entry.Sale.ID = first.Entry.Sale.ID
		rival = tl.encode(rival.Entry)
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		records := []ledger.Record{
			first, rival, tl.redeem(ana, hold), first, tl.redeem(ana, hold), tl.sale(ana, 1000), last,
		}
		want := []bool{true, false, true, true, false, false, true}
		answers := tl.together(map[int]context.Context{5: ended}, records...)
		for i, err := range answers {
			if (err == nil) != want[i] {
				t.Errorf("round %d, record %d: %v", round, i, err)
			}
			found, err := tl.Sale(context.Background(), day, records[i].Entry.Sale.ID)
			if tl.must("find", err); (found != nil && found.Entry == records[i].Entry.ID) != want[i] {
				t.Errorf("round %d, record %d stands: %v", round, i, found)
			}
		}
		if exists := wantError[*ledger.SaleExists](t, answers[1]); exists.Entry != first.Entry.ID {
			t.Errorf("rival of %v", exists)
		}
		if refusal := wantError[*loyalty.NoRedeem](t, answers[4]); refusal.Reason != loyalty.HoldGone {
			t.Errorf("spent twice: %v", refusal)
		}
		if !errors.Is(answers[5], context.Canceled) {
			t.Errorf("one that nobody waits for: %v", answers[5])
		}
		if seq := int(tl.head().Seq); seq != (round+1)*3 {
			t.Errorf("round %d: head is %d, want %d", round, seq, (round+1)*3)
		}
		tl.clean()
		tl.reopen()
		tl.clean()
	}
	if got := tl.balance(ana).Shown; got != 100_000+3*4-3*10 {
		t.Errorf("shown %d", got)
	}
}

// More than a group may have are written in several, in the order they came.
func TestTogetherMany(t *testing.T) {
	tl := newTill(t)
	var records []ledger.Record
	for range 150 {
		records = append(records, tl.sale(newAccountID(), 1))
	}
	if err := errors.Join(tl.together(nil, records...)...); err != nil {
		t.Fatal(err)
	}
	stretch, err := tl.Unsent(context.Background(), 500, 1<<20)
	tl.must("unsent", err)
	for i, body := range stretch.Bodies {
		if string(body) != string(records[i].Body) {
			t.Fatalf("entry %d is another", i)
		}
	}
	if len(stretch.Bodies) != len(records) {
		t.Errorf("%d entries", len(stretch.Bodies))
	}
	tl.clean()
}

// A disk that fails fails everyone who waited for it, and each may repeat.
func TestTogetherOnABadDisk(t *testing.T) {
	if testkit.Alone(t) {
		return
	}
	tl := newTill(t)
	ana := newAccountID()
	tl.append(tl.sale(ana, 1))
	records := []ledger.Record{tl.sale(ana, 2), tl.sale(ana, 2), tl.sale(ana, 2)}
	free := testkit.FillDisk(t, 8192)
	answers := tl.together(nil, records...)
	free()
	for i, err := range answers {
		if !errors.Is(err, sqlitedb.ErrStorage) {
			t.Errorf("record %d: %v", i, err)
		}
	}
	if err := errors.Join(tl.together(nil, records...)...); err != nil {
		t.Error(err)
	}
	if got := tl.balance(ana).Shown; got != 7 {
		t.Errorf("shown %d, want 7", got)
	}
	tl.clean()
}

// Numbers of receipts are each given once, whoever writes meanwhile.
func TestReceiptsAtOnce(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	var mu sync.Mutex
	given := map[string]bool{}
	var running sync.WaitGroup
	for range 8 {
		records := []ledger.Record{}
		for range 30 {
			records = append(records, tl.sale(newAccountID(), 1))
		}
		running.Go(func() {
			for _, r := range records {
				number, err := tl.NextReceipt(context.Background())
				if err == nil {
					err = tl.Append(context.Background(), r)
				}
				mu.Lock()
				if err != nil || given[number] {
					t.Errorf("%q: given before: %v, %v", number, given[number], err)
				}
				given[number] = true
				mu.Unlock()
			}
		})
	}
	running.Wait()
	tl.reopen()
	number, err := tl.NextReceipt(context.Background())
	if err != nil || given[number] {
		t.Errorf("after a restart: %q, %v", number, err)
	}
	if len(given) != 240 {
		t.Error(fmt.Sprint(len(given)), "numbers")
	}
}
