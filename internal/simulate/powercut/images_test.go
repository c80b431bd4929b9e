package powercut_test

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
)

// cuts is how many images there are of a till's life.
var cuts = flag.Int("cuts", 1000, "images of a till, and of headquarters, behind a power cut")

// story lives a till's day on a watched disk, from the empty folder on.
func story(t testing.TB, seed uint64, steps int, prepare func(*powercut.Disk)) (*till, *powercut.Record) {
	t.Helper()
	dir := folder(t)
	disk, err := powercut.Watch(dir, seed)
	must(t, err)
	t.Cleanup(disk.Forget)
	disk.Outside(markFile)
	prepare(disk)
	record := disk.Record()
	tl := newTill(dir, seed)
	tl.disk = disk
	must(t, tl.open())
	must(t, tl.greet())
	for range steps {
		must(t, tl.step())
	}
	must(t, tl.Close())
	disk.Ops() // looks at the mark for the last time
	return tl, record
}

// images counts how many images of a record are bad, out of so many, each
// behind another operation and of each kind in turn; tell hears of the bad.
func images(t testing.TB, tl *till, record *powercut.Record, count int, random *rand.Rand, tell func(string, ...any)) (bad int) {
	t.Helper()
	ends := []powercut.End{powercut.Lost, powercut.Torn, powercut.Kept, powercut.Torn}
	root := folder(t)
	for i := range count {
		ops := random.IntN(record.Len() + 1)
		dir, err := os.MkdirTemp(root, "image")
		must(t, err)
		end := ends[i%len(ends)]
		must(t, record.Image(ops, end, dir, random))
		if wrong := tl.wrong(dir, ops, end == powercut.Torn); wrong != "" {
			bad++
			tell("behind operation %d of %d, %s: %s", ops, record.Len(), end, wrong)
		}
		must(t, os.RemoveAll(dir))
	}
	return bad
}

// Wherever power is cut in a till's life: it opens, goes on in its epoch, and
// has everything it told.
func TestPowerCutOfATill(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*cuts / 250) {
		tl, record := story(t, seed, 60, func(*powercut.Disk) {})
		images(t, tl, record, 250, rand.New(rand.NewPCG(seed, 2)), t.Errorf)
	}
}

// The images have teeth: of a till that syncs as SQLite does by default, some
// are without what was told.
func TestNormalSyncIsFound(t *testing.T) {
	t.Parallel()
	tl, record := story(t, 1, 40, func(d *powercut.Disk) { d.Lies.Normal = true })
	bad := images(t, tl, record, 60, rand.New(rand.NewPCG(1, 2)), func(string, ...any) {})
	t.Logf("%d of 60 images are bad", bad)
	if bad < 10 {
		t.Errorf("%d of 60 images are bad", bad)
	}
}
