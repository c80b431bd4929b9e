// Package simulate is a whole chain in one goroutine: tills with their real
// stores, the real exchange and its bytes, and a real headquarters, on disks
// that fail and whose power is cut, over a network that loses, repeats, delays
// and cuts short, with clocks that jump. Everything that happens follows from
// one seed, so a seed that fails fails again.
//
// Only tests import it. DESIGN.md says what it proves and what it leaves out.
package simulate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// begin is when worlds begin: a Sunday, at noon in Istanbul.
var begin = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

var ctx = context.Background()

// Options of a run.
type Options struct {
	Seed uint64
	// Steps is how many events happen before everything heals.
	Steps int
	// Mutant is what is wrong on purpose; Sound is nothing.
	Mutant Mutant
	// Template has what worlds begin with, Aging what those do whose points wait and
	// end, and Hubbed those with a hub; nil is Template.
	Template, Aging, Hubbed *Template
	// Dir is an empty folder for the disks, in memory if possible.
	Dir string
}

// Result is what a run came to.
type Result struct {
	Mix    Mix
	Counts Counts
	// Trace is a hash of everything that happened; Last are its last lines.
	Trace uint64
	Last  []string
	// Violation is the first promise that was not kept; nil is none.
	Violation error
}

// world is a chain and everything that happens to it.
type world struct {
	Options
	Mix
	*trace
	events  agenda
	random  *rand.Rand // of what happens
	ids     *rand.Rand // of what is made
	at      time.Time
	program *loyalty.Program
	hq      *headquarters
	hub     *storeHub // nil where the store has none
	tills   []*till
	members []*member
	counts  Counts
	healing bool
	folders int
	// incidents are machines lost, cloned, put back or silent too long: what
	// each may cost is bounded, and without any there is no loss.
	incidents int
	losses    map[ledger.EntryID]ledger.Points
	// requests are what entries were asked for by.
	requests map[ledger.EntryID]string
	// buyers are whose sales are, by id.
	buyers map[string]*member
	// spendable is until when rights may be spent.
	spendable map[ledger.RightID]ledger.Millis
	// left are those who wanted to be erased; numbers is how many members there were.
	left    []*member
	numbers int
	// durable are the bodies in headquarters' last backup.
	durable map[ledger.Hash]int
	// must are bodies that no till has any more and headquarters has taken.
	must map[ledger.Hash]bool
}

// Run lets a world happen. The caller has made the process's own randomness
// follow from the seed.
func Run(o Options) Result {
	w := newWorld(o, o.Mutant.where(drawMix(rand.New(rand.NewPCG(o.Seed, 0)))))
	defer w.close()
	violation := w.live()
	if violation == nil {
		violation = w.heal()
	}
	return Result{Mix: w.Mix, Counts: w.counts, Trace: w.sum(), Last: w.last(), Violation: violation}
}

func newWorld(o Options, m Mix) *world {
	powercut.Seed(o.Seed)
	if m.Aging && o.Aging != nil {
		o.Template = o.Aging
	}
	if m.Hub && o.Hubbed != nil {
		o.Template = o.Hubbed
	}
	return &world{
		Options: o, Mix: m, trace: newTrace(), at: begin, program: o.Template.program,
		random: rand.New(rand.NewPCG(o.Seed, 1)), ids: rand.New(rand.NewPCG(o.Seed, 2)),
		losses: map[ledger.EntryID]ledger.Points{}, must: map[ledger.Hash]bool{},
		requests: map[ledger.EntryID]string{}, buyers: map[string]*member{}, spendable: map[ledger.RightID]ledger.Millis{},
	}
}

// violated ends a run: a promise was not kept.
type violated struct{ error }

func (w *world) violate(format string, args ...any) {
	panic(violated{fmt.Errorf(format, args...)})
}

// guard turns a violation back into an error.
func (w *world) guard(do func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			v, ok := p.(violated)
			if !ok {
				panic(p)
			}
			err = v.error
		}
	}()
	do()
	return nil
}

// live builds the world and lets so many events happen.
func (w *world) live() error {
	return w.guard(func() {
		w.build()
		for range w.Steps {
			w.step()
		}
	})
}

// step lets the next thing happen.
func (w *world) step() {
	next, ok := w.events.next()
	if !ok {
		w.violate("nothing happens any more")
	}
	if next.at.After(w.at) {
		w.at = next.at
	}
	powercut.Tell(w.at)
	w.counts.Steps++
	next.do()
	for _, t := range w.terminals() {
		t.mind()
	}
	w.hq.mind()
}

// in lets something happen after a while.
func (w *world) in(d time.Duration, do func()) { w.events.add(w.at.Add(d), do) }

// between draws a time.
func (w *world) between(least, most time.Duration) time.Duration {
	return least + time.Duration(w.random.Int64N(int64(most-least)+1))
}

// chance is true so often of 100.
func (w *world) chance(percent int) bool { return w.random.IntN(100) < percent }

// folder is a new one for a disk.
func (w *world) folder() string {
	w.folders++
	dir := filepath.Join(w.Dir, fmt.Sprint(w.folders))
	if err := os.Mkdir(dir, 0o700); err != nil {
		panic(err) // the machine that simulates has no room
	}
	return dir
}

func (w *world) close() {
	for _, t := range w.terminals() {
		t.endRun()
	}
	if w.hq != nil {
		w.hq.drop()
	}
}

// expect ends the run on an error that nothing explains.
func (w *world) expect(doing string, err error) {
	if err != nil {
		w.violate("%s: %w", doing, err)
	}
}

// errDown is what a machine that is switched off answers.
var errDown = errors.New("connection refused")
