package terminal

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// heldPrograms are the versions of the program that a till works by: those that
// its headquarters published, or the configured one until the first is heard of.
type heldPrograms struct {
	*loyalty.Versions
	openedFor nature
	heard     []*loyalty.Program // last; the exchange's, after the opening
	inForce   *loyalty.Program   // told last; the counter's, after the opening
	replaced  atomic.Bool        // the store has another program than it was opened for
}

// ErrAnotherProgram ends a till that was opened for another program than its
// store has, so that it is opened again for that one.
var ErrAnotherProgram = errors.New("the store has another program than this till was opened with")

// openPrograms opens the store for the program that the till holds. Which one
// that is stands in the store: where it is not the one that was guessed, it is
// opened a second time.
func (t *Terminal) openPrograms(ctx context.Context) error {
	first, err := t.firstProgram()
	if err != nil {
		return err
	}
	zone, err := datadir.StoreZone(t.Identity)
	if err != nil {
		return err
	}
	t.programs.Versions = loyalty.NewVersions(zone, first)
	if err := t.openForPrograms(ctx); err != nil {
		return err
	}
	t.tellOpening()
	now := time.Now()
	heard, err := datadir.Hear(ctx, t.Store.View, t.Identity, now)
	if err != nil {
		return err
	}
	switch {
	case len(heard.Versions) > 0 && t.programProblem != nil:
		t.log.Error().Err(t.programProblem).Msg("program_file cannot be read: headquarters' program stays")
	case t.programProblem != nil:
		return t.programProblem
	case len(heard.Versions) == 0:
		heard.Versions = []*loyalty.Program{first}
	}
	t.programs.Hold(heard.Versions...)
	t.programs.Keep(heard.Published)
	t.programs.heard = heard.Versions
	t.tellUnread(heard)
	if t.programs.openedFor != natureOf(t.programs.Versions) {
		if err := t.Store.Close(); err != nil {
			return err
		}
		if err := t.openForPrograms(ctx); err != nil {
			return err
		}
	}
	t.follow(now)
	return nil
}

func (t *Terminal) openForPrograms(ctx context.Context) (err error) {
	t.programs.openedFor = natureOf(t.programs.Versions)
	t.Store, err = openStore(ctx, t.Config, t.Identity, t.programs.Versions)
	return err
}

// nature is what of a program a store cannot change while it is open.
type nature struct {
	id        string
	remembers bool
}

func natureOf(v *loyalty.Versions) nature { return nature{v.At(time.Now()).Ref().ID, v.Remembers()} }

// firstProgram is what the store is opened for before it is known what it
// holds. A program_file that cannot be read stops a till that holds nothing
// else.
func (t *Terminal) firstProgram() (*loyalty.Program, error) {
	if t.program != nil {
		return t.program, nil
	}
	return loyalty.Load(configs.StarterIn(t.Config.Currency), "starter.yaml")
}

// readProgramFile reads the configured program. Where the folder may hold
// headquarters' a problem with it waits until that is known.
func (t *Terminal) readProgramFile() error {
	t.program, t.programProblem = datadir.LoadProgram(t.Config)
	if f := datadir.Look(t.Config.DataDir); !f.Journal && !f.HQData {
		return t.programProblem
	}
	return nil
}

// published takes over what headquarters published or stopped meanwhile. The
// exchange calls it.
func (t *Terminal) published() {
	heard, err := datadir.Hear(context.Background(), t.Store.View, t.Identity, time.Now())
	if err != nil {
		t.log.Error().Err(err).Msg("what headquarters published was not taken over: the next start tries again")
		return
	}
	t.tellUnread(heard)
	if len(heard.Versions) == 0 {
		return
	}
	zone, _ := datadir.StoreZone(t.Identity) // the opening knew it
	if natureOf(loyalty.NewVersions(zone, heard.Versions...)) != t.programs.openedFor {
		t.programs.replaced.Store(true)
	}
	if heard.Versions[0].Ref().ID != t.programs.openedFor.id {
		return // the store is of the other one
	}
	before := t.programs.heard
	t.programs.heard = heard.Versions
	t.programs.Hold(heard.Versions...)
	t.programs.Keep(heard.Published)
	for _, p := range heard.Versions {
		if !holds(before, p.Ref()) {
			t.log.Info().Str("program", p.Ref().ID).Int("version", p.Ref().Version).Str("effective", string(p.Effective())).
				Msg("version of the program heard of")
		}
	}
}

func holds(versions []*loyalty.Program, ref ledger.ProgramRef) bool {
	for _, p := range versions {
		if p.Ref() == ref {
			return true
		}
	}
	return false
}

func (t *Terminal) tellUnread(heard loyalty.Heard) {
	for _, err := range heard.Unread {
		t.log.Error().Err(err).Msg("a version of the program cannot be read by this release: the till goes on with the one before; install the newest release")
	}
}

// forged tells of what was said to be headquarters' and is not.
func (t *Terminal) forged(key string) {
	t.log.Error().Str("told", key).Msg("what was told as headquarters' is not signed by it: it is passed over")
}

// follow sees to what holds once another version has come into force, and tells
// it. The counter's goroutine calls it, after the opening.
func (t *Terminal) follow(now time.Time) {
	p := t.programs.At(now)
	if p == t.programs.inForce {
		return
	}
	t.Store.Bound(p.Offline().PerTerminal, p.Offline().MaxAge)
	if was := t.programs.inForce; was == nil || was.Ref() != p.Ref() {
		t.log.Info().Str("program", p.Ref().ID).Int("version", p.Ref().Version).Msg("program in force")
	}
	t.programs.inForce = p
}
