package offline_test

import (
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A disk that is not there for a while, and at which the directory is looked
// for meanwhile, leaves a till that reads its feed again once it is back.
func TestDirectoryOfAnUnpluggedDisk(t *testing.T) {
	tl := newTill(t)
	tl.must("close", tl.Close())
	disk, err := powercut.Watch(tl.opts.Dir, 1)
	tl.must("watch", err)
	t.Cleanup(disk.Forget)
	tl.open()
	ana := newAccountID()
	row := tl.row(1, ana, "+905321234567", ledger.Balance{Program: program, Unit: points, Available: 7}, ledger.Place{})
	changes, next := []ledger.Change{row}, ledger.Cursor{Incarnation: 1, Position: 1}

	disk.Fail(powercut.Fault{Kind: powercut.Unplugged, ForEver: true})
	for range 3 {
		if err := tl.Apply(t.Context(), changes, next); err == nil {
			t.Fatal("a page was applied to a disk that is not there")
		}
		if _, err := tl.Cursor(t.Context()); err == nil {
			t.Fatal("a cursor was read of a disk that is not there")
		}
	}
	disk.Fail(powercut.Fault{})
	tl.must("healthy", tl.Healthy())
	if _, err := tl.Member(t.Context(), ana); !errors.Is(err, loyalty.ErrUnknownMember) {
		t.Errorf("before the feed is read again: %v", err)
	}
	if cursor, err := tl.Cursor(t.Context()); err != nil || cursor.Position != 0 {
		t.Fatalf("cursor %+v, %v", cursor, err)
	}
	tl.must("apply", tl.Apply(t.Context(), changes, next))
	if got := tl.balance(ana).Shown; got != 7 {
		t.Errorf("shown: %d", got)
	}
	tl.clean()
}
