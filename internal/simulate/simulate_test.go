package simulate_test

import (
	"flag"
	"os"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/internal/simulate"
)

var (
	seeds  = flag.Int("seeds", 200, "worlds to simulate")
	cuts   = flag.Int("cuts", 1000, "images of headquarters behind a power cut")
	seed   = flag.Int("seed", -1, "the one world to simulate, with its story")
	mutant = flag.Int("mutant", 0, "what is wrong on purpose in that one world")
	steps  = flag.Int("steps", 250, "events in each world before it heals")
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
offline: {share: 3/4, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 5000}
`

// memory is a folder in memory where there is such: what becomes of it when
// power is cut is the model's to say, not the machine's.
func memory(t testing.TB) string {
	const memory = "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		return t.TempDir()
	}
	return memory
}

func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(memory(t), "loyaltyd")
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
	dir, err := os.MkdirTemp(memory(t), "world")
	must(t, err)
	defer os.RemoveAll(dir)
	return simulate.Run(simulate.Options{Seed: seed, Steps: *steps, Mutant: mutant, Template: tm, Dir: dir})
}

// Whatever happens to a chain's tills, disks, network, clocks and headquarters:
// what was told stands, counts once, adds up, and everybody knows it soon after
// everything is well.
func TestSimulate(t *testing.T) {
	tm := template(t, program)
	if *seed >= 0 {
		result := run(t, tm, uint64(*seed), simulate.Mutant(*mutant))
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

// Nothing but the seed decides what happens.
func TestSeedsRepeat(t *testing.T) {
	tm := template(t, program)
	for seed := range uint64(5) {
		first, again := run(t, tm, seed, simulate.Sound), run(t, tm, seed, simulate.Sound)
		if first.Trace != again.Trace {
			t.Errorf("seed %d happens in two ways:\n%s", seed, cmp.Diff(first.Last, again.Last))
		}
	}
}

// The world has teeth: what is wrong on purpose is found within so many seeds.
func TestMutantsAreFound(t *testing.T) {
	const within = 50
	sound, hasty := template(t, program), template(t, strings.Replace(program, "grace: P7D", "grace: PT1M", 1))
	for _, mutant := range simulate.Mutants {
		tm := sound
		if mutant == simulate.NoGrace {
			tm = hasty
		}
		found := false
		for seed := uint64(0); seed < within && !found; seed++ {
			if result := run(t, tm, seed, mutant); result.Violation != nil {
				t.Logf("%s: seed %d: %v", mutant, seed, result.Violation)
				found = true
			}
		}
		if !found {
			t.Errorf("%s: not found within %d seeds", mutant, within)
		}
	}
}

// Wherever power is cut at headquarters: it opens, has what it acknowledged, and
// adds up.
func TestPowerCutOfHeadquarters(t *testing.T) {
	for _, err := range cutHeadquarters(t, simulate.Sound, *cuts) {
		t.Error(err)
	}
}

// The images have teeth: of a headquarters that syncs as SQLite does by default,
// some are without what was acknowledged.
func TestNormalSyncOfHeadquartersIsFound(t *testing.T) {
	const images = 40
	bad := cutHeadquarters(t, simulate.NormalSync, images)
	t.Logf("%d of %d images are bad", len(bad), images)
	if len(bad) < images/10 {
		t.Errorf("%d of %d images are bad", len(bad), images)
	}
}

func cutHeadquarters(t *testing.T, mutant simulate.Mutant, images int) []error {
	t.Helper()
	cryptotest.SetGlobalRandom(t, 1)
	return simulate.CutHeadquarters(simulate.Options{
		Seed: 1, Steps: 120, Mutant: mutant, Template: template(t, program), Dir: folder(t),
	}, images)
}
