package terminal

import (
	"context"
	"errors"
	"net/http"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// AcceptClock asks the till's daemon, or does it where none runs.
func AcceptClock(ctx context.Context, config configs.Config) (clock headquarters.AcceptedClock, err error) {
	err = desk.Ask(ctx, config.DataDir, http.MethodPost, "/till/clock", nil, &clock)
	if !errors.Is(err, desk.ErrNoDaemon) {
		return clock, err
	}
	t := &Terminal{Config: config, log: zerolog.Nop()}
	defer func() { err = errors.Join(err, t.Close()) }()
	if t.Identity, err = datadir.ReadIdentity(config.DataDir); err != nil {
		return clock, err
	}
	if t.lock, err = sqlitedb.LockFolder(config.DataDir); err != nil {
		return clock, err
	}
	t.program, t.programProblem = datadir.LoadProgram(config)
	if err := t.openPrograms(ctx); err != nil {
		return clock, err
	}
	return t.acceptClock(ctx)
}

func (t *Terminal) acceptClock(ctx context.Context) (headquarters.AcceptedClock, error) {
	seen, accepted, err := t.Store.AcceptClock(ctx)
	return headquarters.AcceptedClock{Seen: seen.Time(), Accepted: accepted.Time()}, err
}
