package powercut_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A disk that fails while a till wipes what was erased does not keep it from doing so
// once it is well, though nothing is sold there meanwhile.
func TestWipesOnceTheDiskIsWell(t *testing.T) {
	for _, kind := range powercut.Kinds {
		for after := range 12 {
			dir := folder(t)
			tl := newTill(dir, 1)
			disk, err := powercut.Watch(dir, 1)
			must(t, err)
			tl.disk = disk
			t.Cleanup(disk.Forget)
			must(t, tl.open())
			must(t, tl.greet())
			must(t, tl.tell(tl.sale(1)))
			must(t, tl.acknowledge())
			tl.fed++
			erased := ledger.Change{Position: tl.fed, Kind: ledger.ErasureChange, Key: "7", Erasure: &ledger.Erasure{Serial: 7, Member: ledger.MemberID{9}}}
			must(t, tl.Apply(ctx, []ledger.Change{erased}, ledger.Cursor{Incarnation: 1, Position: tl.fed}))
			disk.Fail(powercut.Fault{Kind: kind, After: after, ForEver: true})
			_, _, failed := tl.Erasures(ctx)
			disk.Fail(powercut.Fault{})
			if _, _, err := tl.Erasures(ctx); err != nil { // which opens the files again
				failed = err
			}
			if heard, sealed, err := tl.Erasures(ctx); err != nil || heard != 7 || sealed != 7 {
				t.Errorf("%v at call %d, %v: heard %d, wiped and acknowledged up to %d, %v", kind, after, failed, heard, sealed, err)
			}
			must(t, tl.Close())
		}
	}
}
