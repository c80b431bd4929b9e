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
	first  = flag.Int("first", 0, "the seed of the first of them")
	seed   = flag.Int("seed", -1, "the one world to simulate, with its story")
	mutant = flag.Int("mutant", 0, "what is wrong on purpose in that one world")
	steps  = flag.Int("steps", 200, "events in each world before it heals")
)

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

// templates are what worlds begin with.
type templates struct{ plain, aging, hubbed *simulate.Template }

func newTemplates(t testing.TB, edits ...string) (begin templates) {
	t.Helper()
	make := func(program string, hub bool) *simulate.Template {
		tm, err := simulate.NewTemplate(folder(t), strings.NewReplacer(edits...).Replace(program), hub)
		must(t, err)
		return tm
	}
	begin.plain, begin.aging = make(simulate.Program, false), make(simulate.AgingProgram, false)
	begin.hubbed = make(simulate.Program, true)
	return begin
}

// run simulates one world.
func run(t *testing.T, begin templates, seed uint64, mutant simulate.Mutant) simulate.Result {
	t.Helper()
	cryptotest.SetGlobalRandom(t, seed)
	dir, err := os.MkdirTemp(memory(t), "world")
	must(t, err)
	defer os.RemoveAll(dir)
	return simulate.Run(simulate.Options{
		Seed: seed, Steps: *steps, Mutant: mutant, Template: begin.plain, Aging: begin.aging, Hubbed: begin.hubbed, Dir: dir,
	})
}

// Whatever happens to a chain's tills, disks, network, clocks and headquarters:
// what was told stands, counts once, adds up, and everybody knows it soon after
// everything is well.
func TestSimulate(t *testing.T) {
	begin := newTemplates(t)
	if *seed >= 0 {
		result := run(t, begin, uint64(*seed), simulate.Mutant(*mutant))
		t.Logf("%s\n%s", result.Mix, strings.Join(result.Last, "\n"))
		if result.Violation != nil {
			t.Error(result.Violation)
		}
		return
	}
	began := time.Now()
	var sum simulate.Counts
	for i := range *seeds {
		seed := uint64(*first + i)
		result := run(t, begin, seed, simulate.Sound)
		sum.Add(result.Counts)
		if result.Violation != nil {
			t.Errorf("seed %d: %v\n%s\nits story: make simulate SEED=%d", seed, result.Violation, result.Mix, seed)
		}
	}
	took := time.Since(began)
	t.Logf("%d seeds, %d steps, %d kills, %d power cuts, %.0f steps/s", *seeds, sum.Steps, sum.Kills, sum.Cuts, float64(sum.Steps)/took.Seconds())
	t.Logf("%s", sum)
	if never := sum.Never(); len(never) > 0 && *seeds >= 200 {
		t.Errorf("no seed ever met %v: they prove little", never)
	}
}

// Nothing but the seed decides what happens.
func TestSeedsRepeat(t *testing.T) {
	begin := newTemplates(t)
	for seed := range uint64(5) {
		first, again := run(t, begin, seed, simulate.Sound), run(t, begin, seed, simulate.Sound)
		if first.Trace != again.Trace {
			t.Errorf("seed %d happens in two ways:\n%s", seed, cmp.Diff(first.Last, again.Last))
		}
	}
}

// The world has teeth: what is wrong on purpose is found within so many seeds.
func TestMutantsAreFound(t *testing.T) {
	const within = 50
	sound, hasty := newTemplates(t), newTemplates(t, "grace: P7D", "grace: PT1M")
	for _, mutant := range simulate.Mutants {
		begin := sound
		if mutant == simulate.NoGrace {
			begin = hasty
		}
		found := false
		for seed := uint64(0); seed < within && !found; seed++ {
			if result := run(t, begin, seed, mutant); result.Violation != nil {
				t.Logf("%s: seed %d: %v", mutant, seed, result.Violation)
				found = true
			}
		}
		if !found {
			t.Errorf("%s: not found within %d seeds", mutant, within)
		}
	}
}
