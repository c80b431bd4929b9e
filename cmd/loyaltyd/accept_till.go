package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// acceptTillClock asks the till's daemon, or does it where none runs.
func acceptTillClock(ctx context.Context, config configs.Config) (clock acceptedClock, err error) {
	err = desk.Ask(ctx, config.DataDir, http.MethodPost, "/till/clock", nil, &clock)
	if !errors.Is(err, desk.ErrNoDaemon) {
		return clock, err
	}
	t := &terminal{config: config, log: zerolog.Nop()}
	defer func() { err = errors.Join(err, t.Close()) }()
	if t.identity, err = datadir.ReadIdentity(config.DataDir); err != nil {
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

func (t *terminal) acceptClock(ctx context.Context) (acceptedClock, error) {
	seen, accepted, err := t.store.AcceptClock(ctx)
	return acceptedClock{seen.Time(), accepted.Time()}, err
}
