package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

func syncCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "sync", Short: "The exchange with headquarters", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(&cobra.Command{
		Use: "now", Short: "Exchange with headquarters now and say how it went, through the daemon or without one", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.syncNow(cmd.Context()) },
	})
	return command
}

// exchangeReport is `sync now --json`.
type exchangeReport struct {
	Sent     int   `json:"sent"`     // entries
	Received int64 `json:"received"` // rows of the store's feed
	Unsent   int   `json:"unsent"`   // entries that are left
}

// syncLimit bounds an exchange: a till that was offline for long has much to
// say.
const syncLimit = 2 * time.Minute

func (c *console) syncNow(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, syncLimit)
	defer cancel()
	var done exchangeReport
	err = askDesk(ctx, config.DataDir, http.MethodPost, "/till/sync", nil, &done)
	if errors.Is(err, errNoDaemon) {
		done, err = c.syncAlone(ctx, config)
	}
	if err != nil {
		return err
	}
	if c.json {
		return c.print(done)
	}
	fmt.Fprintf(c.out, "%d entries sent, %d changes received, %d unsent\n", done.Sent, done.Received, done.Unsent)
	return nil
}

// syncAlone is the exchange of a till whose daemon does not run.
func (c *console) syncAlone(ctx context.Context, config configs.Config) (done exchangeReport, err error) {
	if config.Training {
		return done, errTraining()
	}
	t := &terminal{config: config, log: zerolog.Nop(), seen: newSightings(config)}
	defer func() { err = errors.Join(err, t.Close()) }()
	if t.lock, err = sqlitedb.LockFolder(config.DataDir); err != nil {
		return done, err
	}
	if t.identity, err = readIdentity(config.DataDir); err != nil {
		return done, err
	}
	if t.identity.own() {
		return done, fail(exitUnavailable, "start it with `loyaltyd run`", errors.New("this till is its own headquarters, and its daemon does not run"))
	}
	t.program, t.programProblem = loadProgram(config)
	if err := t.openPrograms(ctx); err != nil {
		return done, err
	}
	if err := t.openNear(); err != nil {
		return done, err
	}
	t.connect(t.store)
	return t.exchanged(ctx, t.exchange.Once)
}

// exchanged says what an exchange brought.
func (t *terminal) exchanged(ctx context.Context, exchange func(context.Context) (int, error)) (done exchangeReport, err error) {
	before, err := t.store.Status(ctx)
	if err != nil {
		return done, err
	}
	if done.Sent, err = exchange(ctx); err != nil {
		return done, t.syncFailed(err, before.Unsent-done.Sent)
	}
	after, err := t.store.Status(ctx)
	done.Unsent = after.Unsent
	done.Received = int64(after.Cursor.Position)
	if after.Cursor.Incarnation == before.Cursor.Incarnation {
		done.Received -= int64(before.Cursor.Position)
	}
	return done, err
}

func (t *terminal) syncFailed(err error, unsent int) error {
	switch {
	case errors.Is(err, hqsync.ErrUnknown):
		return fail(exitFailed, t.identity.forgottenHint(), err)
	case errors.Is(err, hqsync.ErrFenced):
		return fail(exitFailed, "`loyaltyd status` says why, and what to do", err)
	case errors.Is(err, sqlitedb.ErrStorage), errors.Is(err, offline.ErrUnsound):
		return err
	}
	hint := "nothing is lost: the till sells on and sends when headquarters answers"
	if unsent > 0 {
		hint = fmt.Sprintf("nothing is lost: the till sells on and sends its %d entries when headquarters answers", unsent)
	}
	return fail(exitUnavailable, hint, err)
}
