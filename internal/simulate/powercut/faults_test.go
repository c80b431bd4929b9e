package powercut_test

import (
	"flag"
	"math/rand/v2"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
)

// positions is at how many calls each kind of fault is tried.
var positions = flag.Int("positions", 40, "calls of a till at which each kind of fault is tried")

// faulty is a till's day on whose disk one call fails, or all from then on,
// until it is well again; then its machine ends. It says what is not as it was
// told.
func faulty(t testing.TB, fault powercut.Fault, seed uint64) string {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 4))
	tl, _ := story(t, seed, 3, func(*powercut.Disk) {})
	must(t, tl.open())
	tl.disk.Fail(fault)
	for range 12 {
		_ = tl.step() // what failed was not told
	}
	tl.disk.Fail(powercut.Fault{})
	if err := tl.Healthy(); err != nil {
		return "it does not recover unaided: " + err.Error()
	}
	must(t, tl.tell(tl.sale(1)))
	for _, end := range []powercut.End{powercut.Killed, powercut.End(random.IntN(4))} {
		if err := tl.restart(t, end, func(*powercut.Disk) {}); err != nil {
			return "it does not open: " + err.Error()
		}
		if opening := tl.Opening(); opening.NewEpoch != nil || opening.Salvaged != nil {
			return "it begins anew: " + opening.Reason
		}
		if lost := tl.lost(tl, tl.ops()); lost != "" {
			return lost
		}
		must(t, tl.tell(tl.sale(1)))
	}
	defer tl.Close()
	return tl.findings()
}

// Whichever call fails, once or for as long as the disk is ill: what was told
// stands, what was not was refused, and the till goes on by itself.
func TestEveryCallFails(t *testing.T) {
	t.Parallel()
	for _, kind := range powercut.Kinds {
		for _, forEver := range []bool{false, true} {
			for at := range *positions {
				fault := powercut.Fault{Kind: kind, After: at * 3, ForEver: forEver}
				if kind == powercut.SyncError {
					fault.After = at / 2
				}
				if wrong := faulty(t, fault, uint64(at)); wrong != "" {
					t.Errorf("%s, for ever %t, behind %d calls: %s", kind, forEver, fault.After, wrong)
				}
			}
		}
	}
}
