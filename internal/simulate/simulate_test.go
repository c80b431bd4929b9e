package simulate_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/simulate"
)

var (
	seeds = flag.Int("seeds", 200, "worlds to simulate")
	seed  = flag.Int("seed", -1, "the one world to simulate, with its story")
	steps = flag.Int("steps", 250, "events in each world before it heals")
)

// program is simple enough to add up: a point for each unit, a hundred of them
// a reward, and points that wait a day and end.
const program = `
program: starter
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units:
  points: {}
rules:
  - {id: base, on: sale, each: line, give: {points: 1/100}}
rewards:
  - {id: five, cost: {points: 100}, benefit: {discount: 100}}
offline: {share: 1/2, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 5000}
`

// folder is in memory where there is such.
func folder(t testing.TB) string {
	t.Helper()
	const memory = "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "loyaltyd")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func template(t testing.TB, text string) *simulate.Template {
	t.Helper()
	tm, err := simulate.NewTemplate(folder(t), text)
	must(t, err)
	return tm
}

// run simulates one world.
func run(t *testing.T, tm *simulate.Template, seed uint64, mutant simulate.Mutant) simulate.Result {
	t.Helper()
	cryptotest.SetGlobalRandom(t, seed)
	dir, err := os.MkdirTemp(filepath.Dir(folderOf(t)), "world")
	must(t, err)
	defer os.RemoveAll(dir)
	return simulate.Run(simulate.Options{Seed: seed, Steps: *steps, Mutant: mutant, Template: tm, Dir: dir})
}

func folderOf(t testing.TB) string {
	if _, err := os.Stat("/dev/shm"); err == nil {
		return "/dev/shm/x"
	}
	return filepath.Join(t.TempDir(), "x")
}

// Whatever happens to a chain's tills, disks, network, clocks and headquarters:
// what was told stands, counts once, adds up, and everybody knows it soon after
// everything is well.
func TestSimulate(t *testing.T) {
	tm := template(t, program)
	if *seed >= 0 {
		result := run(t, tm, uint64(*seed), simulate.Sound)
		t.Logf("%s\n%s", result.Mix, strings.Join(result.Last, "\n"))
		if result.Violation != nil {
			t.Error(result.Violation)
		}
		return
	}
	began := time.Now()
	var sum simulate.Counts
	for seed := range uint64(*seeds) {
		result := run(t, tm, seed, simulate.Sound)
		sum.Add(result.Counts)
		if result.Violation != nil {
			t.Errorf("seed %d: %v\n%s", seed, result.Violation, result.Mix)
		}
	}
	took := time.Since(began)
	t.Logf("%d seeds, %d steps, %d kills, %d power cuts, %.0f steps/s", *seeds, sum.Steps, sum.Kills, sum.Cuts, float64(sum.Steps)/took.Seconds())
	t.Logf("%s", sum)
}
