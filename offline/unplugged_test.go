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

// A disk that fails while a directory is built, wherever, leaves the one that was there
// before; the feed is read again, and that builds it.
func TestBuiltOnAFailingDisk(t *testing.T) {
	for _, kind := range []powercut.Kind{powercut.WriteError, powercut.HalfWritten, powercut.Full, powercut.SyncError} {
		t.Run(kind.String(), func(t *testing.T) {
			tl := newTill(t)
			old := tl.known(70, 0)
			f := &feedOf{}
			for i := range 2000 {
				f.add(tl.row(0, newAccountID(), number(i), ledger.Balance{Program: program, Unit: points, Available: 3}, ledger.Place{}))
			}
			tl.must("close", tl.Close())
			disk, err := powercut.Watch(tl.opts.Dir, 1)
			tl.must("watch", err)
			t.Cleanup(disk.Forget)
			tl.open()
			for after := 0; ; after++ {
				tl.must("apply", tl.Apply(t.Context(), f.changes, ledger.Cursor{Incarnation: 2, Position: 2000}))
				disk.Fail(powercut.Fault{Kind: kind, After: after})
				err := tl.EndFeed(t.Context())
				disk.Fail(powercut.Fault{})
				if err == nil && after == 0 {
					t.Fatal("it was built without the disk")
				}
				if err == nil {
					break // it does not come to as many
				}
				if got := tl.balance(old).Shown; got != 70 {
					t.Fatalf("the old one shows %d after %d, %v", got, after, err)
				}
			}
			if _, err := tl.Member(t.Context(), old); !errors.Is(err, loyalty.ErrUnknownMember) {
				t.Errorf("built: the old one is told of, %v", err)
			}
			if m, err := tl.Member(t.Context(), f.changes[9].Account.Account); err != nil || m.Balance(points).Shown != 3 {
				t.Errorf("built: %+v, %v", m, err)
			}
			tl.clean()
		})
	}
}
