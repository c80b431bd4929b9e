package powercut_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A disk that fails while a till forgets whom the feed says was erased does not keep it
// from doing so once it is well, though nothing is sold there meanwhile: a page of the
// feed is not even asked for before what was erased is wiped.
func TestWipesOnceTheDiskIsWell(t *testing.T) {
	broke := 0
	for _, kind := range powercut.Kinds {
		for after := range 20 {
			dir := folder(t)
			tl := newTill(dir, 1)
			disk, err := powercut.Watch(dir, 1)
			must(t, err)
			t.Cleanup(disk.Forget)
			tl.disk = disk
			must(t, tl.open())
			must(t, tl.greet())
			must(t, tl.tell(tl.sale(1)))
			must(t, tl.acknowledge())
			tl.fed++
			page := []ledger.Change{{Position: tl.fed, Kind: ledger.ErasureChange, Key: "7", Erasure: &ledger.Erasure{Serial: 7, Member: ledger.MemberID{9}}}}
			pull := func() error { // as sync.Exchange does
				if _, _, err := tl.Erasures(ctx); err != nil {
					return err
				}
				return tl.Apply(ctx, page, ledger.Cursor{Incarnation: 1, Position: tl.fed})
			}
			disk.Fail(powercut.Fault{Kind: kind, After: after, ForEver: true})
			failed := pull()
			if failed == nil {
				failed = pull()
			}
			if failed != nil {
				broke++
			}
			disk.Fail(powercut.Fault{})
			_ = pull() // opens the files again, where that is needed
			must(t, pull())
			if heard, sealed, err := tl.Erasures(ctx); err != nil || heard != 7 || sealed != 7 {
				t.Errorf("%v at call %d, %v: heard %d, wiped and acknowledged up to %d, %v", kind, after, failed, heard, sealed, err)
			}
			must(t, tl.Close())
		}
	}
	if broke == 0 {
		t.Error("nothing ever failed")
	}
}
