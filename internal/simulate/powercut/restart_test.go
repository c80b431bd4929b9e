package powercut_test

import (
	"math/rand/v2"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
)

// restart ends the till's machine and opens what is left of it; boot may change
// the new disk before.
func (tl *till) restart(t testing.TB, end powercut.End, boot func(*powercut.Disk)) error {
	t.Helper()
	disk, err := tl.disk.Restart(end, folder(t), tl.random.Uint64())
	must(t, err)
	t.Cleanup(disk.Forget)
	tl.Close() // of the old folder, which nobody has any more
	tl.disk.Forget()
	boot(disk)
	tl.disk, tl.opts.Dir = disk, disk.Dir()
	for i := range tl.told {
		tl.told[i].ops = 0
		if tl.told[i].until != 0 {
			tl.told[i].until = -1 // it may have ended
		}
	}
	return tl.open()
}

// afterAnError is a till whose disk failed once and whose process ended then,
// so that it comes up with what the system shows and the disk may not have.
// Then it sells, and power is cut; bad says what is not as it was told.
func afterAnError(t testing.TB, seed uint64, boot powercut.Lies) (bad string) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 3))
	tl, _ := story(t, seed, 10, func(*powercut.Disk) {})
	must(t, tl.open())
	tl.disk.Fail(powercut.Fault{Kind: powercut.SyncError, After: random.IntN(6), ForEver: true})
	for range 8 {
		_ = tl.step() // what failed was not told
	}
	if err := tl.restart(t, powercut.Killed, func(d *powercut.Disk) { d.Lies = boot }); err != nil {
		return err.Error()
	}
	tl.disk.Lies = powercut.Lies{}
	for range 1 + random.IntN(3) {
		must(t, tl.tell(tl.sale(1)))
	}
	if err := tl.restart(t, powercut.Lost, func(*powercut.Disk) {}); err != nil {
		return err.Error()
	}
	defer tl.Close()
	if opening := tl.Opening(); opening.NewEpoch != nil {
		return opening.Reason
	}
	if lost := tl.lost(tl, tl.ops()); lost != "" {
		return lost
	}
	return tl.findings()
}

// A sync fails, the process ends and comes up again, and sells: a power cut
// then takes nothing that was told.
func TestErrorThenRestart(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		if bad := afterAnError(t, seed, powercut.Lies{}); bad != "" {
			t.Errorf("seed %d: %s", seed, bad)
		}
	}
}

// That is so because a start makes durable what it reads: one that syncs
// nothing loses what was told.
func TestIdleBootIsFound(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		if bad := afterAnError(t, seed, powercut.Lies{Never: true}); bad != "" {
			t.Logf("seed %d: %s", seed, bad)
			return
		}
	}
	t.Error("50 starts that sync nothing lost nothing")
}
