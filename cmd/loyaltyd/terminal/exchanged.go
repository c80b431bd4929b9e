package terminal

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// ExchangeReport is `sync now --json`.
type ExchangeReport struct {
	Sent     int   `json:"sent"`     // entries
	Received int64 `json:"received"` // rows of the store's feed
	Unsent   int   `json:"unsent"`   // entries that are left
}

// SyncAlone is the exchange of a till whose daemon does not run.
func SyncAlone(ctx context.Context, config configs.Config) (done ExchangeReport, err error) {
	if config.Training {
		return done, errTraining()
	}
	t := &Terminal{Config: config, log: zerolog.Nop(), seen: newSightings(config)}
	defer func() { err = errors.Join(err, t.Close()) }()
	if t.Identity, err = datadir.ReadIdentity(config.DataDir); err != nil {
		return done, err // before the lock, which would make the folder
	}
	if t.lock, err = sqlitedb.LockFolder(config.DataDir); err != nil {
		return done, err
	}
	if t.Identity.Own() {
		return done, exit.Fail(exit.Unavailable, "start it with `loyaltyd run`", errors.New("this till is its own headquarters, and its daemon does not run"))
	}
	t.program, t.programProblem = datadir.LoadProgram(config)
	if err := t.openPrograms(ctx); err != nil {
		return done, err
	}
	if err := t.openNear(); err != nil {
		return done, err
	}
	t.connect(t.Store)
	return t.exchanged(ctx, t.exchange.Once)
}

// exchanged says what an exchange brought.
func (t *Terminal) exchanged(ctx context.Context, exchange func(context.Context) (int, error)) (done ExchangeReport, err error) {
	before, err := t.Store.Status(ctx)
	if err != nil {
		return done, err
	}
	if done.Sent, err = exchange(ctx); err != nil {
		return done, t.syncFailed(err, before.Unsent-done.Sent)
	}
	after, err := t.Store.Status(ctx)
	done.Unsent = after.Unsent
	done.Received = int64(after.Cursor.Position)
	if after.Cursor.Incarnation == before.Cursor.Incarnation {
		done.Received -= int64(before.Cursor.Position)
	}
	return done, err
}

func (t *Terminal) syncFailed(err error, unsent int) error {
	switch {
	case errors.Is(err, hqsync.ErrUnknown):
		return exit.Fail(exit.Failed, t.Identity.ForgottenHint(), err)
	case errors.Is(err, hqsync.ErrFenced):
		return exit.Fail(exit.Failed, "`loyaltyd status` says why, and what to do", err)
	case errors.Is(err, sqlitedb.ErrStorage), errors.Is(err, offline.ErrUnsound):
		return err
	}
	hint := "nothing is lost: the till sells on and sends when headquarters answers"
	if unsent > 0 {
		hint = fmt.Sprintf("nothing is lost: the till sells on and sends its %d entries when headquarters answers", unsent)
	}
	return exit.Fail(exit.Unavailable, hint, err)
}
