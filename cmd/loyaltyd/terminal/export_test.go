package terminal

import (
	"context"
	"errors"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/configs"
)

// FoundingSteps is how many steps the first start of a till has that is its own
// headquarters.
var FoundingSteps = len((&founding{own: &embedded{}}).steps())

// BeginFounding does so many of them, and ends.
func BeginFounding(ctx context.Context, config configs.Config, steps int) error {
	half := &Terminal{Config: config, log: zerolog.Nop(), seen: newSightings(configs.Default())}
	var err error
	if half.program, err = datadir.LoadProgram(half.Config); err != nil {
		return err
	}
	if err := half.newOwn("1"); err != nil {
		return err
	}
	begun := &founding{own: half.own, dir: config.DataDir}
	for _, step := range begun.steps()[:steps] {
		if err := step(ctx); err != nil {
			return errors.Join(err, half.Close())
		}
	}
	return half.Close()
}

// Embedded is a till's own headquarters.
type Embedded = embedded

// OwnOf is that of a till, not open yet.
func OwnOf(t *Terminal) *Embedded {
	return &embedded{
		config: t.Config, log: zerolog.Nop(), program: t.program,
		store: t.Identity.Store.ID, pinned: t.Identity.PublicKey,
	}
}

// Open opens it.
func (e *embedded) Open(ctx context.Context) error { return e.open(ctx) }

// IsOpen reports whether it did.
func (e *embedded) IsOpen() bool { return e.opened.Load() != nil }

// ErrOwnClosed is what who asks it hears while it is not.
var ErrOwnClosed = errOwnClosed

// Stir says that somebody is being served.
func (t *Terminal) Stir() { t.lull.stir() }

// LongestDelay is for how long that puts work off.
const LongestDelay = longestDelay

// Greeting is what the display shows while nobody is.
func (t *Terminal) Greeting() string { return t.greeting() }

// WholeStatus is what the API says of the till.
func (t *Terminal) WholeStatus(ctx context.Context) (any, error) { return t.wholeStatus(ctx) }

// APITLS is what the API is served with.
var APITLS = apiTLS
