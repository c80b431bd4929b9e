package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// headquarters is the daemon of a chain as a value: what `loyaltyd hq` runs and
// end-to-end tests open.
type headquarters struct {
	config   configs.Config
	log      zerolog.Logger
	lock     *sqlitedb.Lock
	hq       *hq.Headquarters
	listener net.Listener // for terminals
	desk     *desk
}

func openHeadquarters(ctx context.Context, config configs.Config, log zerolog.Logger) (*headquarters, error) {
	h := &headquarters{config: config, log: log}
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (h *headquarters) open(ctx context.Context) (err error) {
	program, err := loadProgram(h.config)
	if err != nil {
		return err
	}
	if h.lock, err = sqlitedb.LockFolder(h.config.DataDir); err != nil {
		return err
	}
	if _, err := os.Stat(keyFile(h.config.DataDir)); err == nil {
		return fail(exitConfig, "give each a folder of its own: data_dir or --data",
			fmt.Errorf("%s is a till's folder", h.config.DataDir))
	}
	h.hq, err = hq.Open(ctx, hq.Options{
		Dir: h.config.DataDir, Now: time.Now, Policy: policy(program), Notify: h.notify,
	})
	if err != nil {
		return err
	}
	if h.listener, err = net.Listen("tcp", h.config.HQ.Listen); err != nil {
		return fail(exitUnavailable, "is another headquarters running here? set hq.listen", err)
	}
	if h.desk, err = openDesk(h.config.DataDir); err != nil {
		return err
	}
	h.desk.offer(h.deskRoutes())
	h.log.Info().Str("address", h.listener.Addr().String()).Msg("headquarters is open")
	return nil
}

// policy takes from a program what headquarters places rights by.
func policy(program *loyalty.Program) hq.Policy {
	offline := program.Offline()
	return hq.Policy{
		Program: program.Ref(), ShareNum: offline.Share.Num, ShareDen: offline.Share.Den, Cap: offline.Cap,
		PerTerminal: offline.PerTerminal, SpendFor: offline.SpendFor, Grace: offline.Grace,
		Cheapest: program.CheapestCost,
	}
}

// notify writes what a person should hear of into the diary.
func (h *headquarters) notify(e hq.Event) {
	line := h.log.Warn()
	if !e.Terminal.IsZero() {
		line = line.Stringer("terminal_id", e.Terminal)
	}
	if !e.Entry.IsZero() {
		line = line.Stringer("entry_id", e.Entry)
	}
	if !e.Right.IsZero() {
		line = line.Stringer("right_id", e.Right)
	}
	line.Str("account", e.Account).Int64("amount", int64(e.Amount)).Str("reason", e.Reason).Msg(e.What)
}

// Run serves until the context ends.
func (h *headquarters) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.supervision().run(gctx, ctx) })
	g.Go(func() error {
		return h.hq.Serve(gctx, h.listener, func(err error) { h.log.Error().Err(err).Msg("headquarters could not work") })
	})
	g.Go(func() error { return h.desk.serve(gctx) })
	err := g.Wait()
	if ctx.Err() != nil {
		return nil // asked to stop
	}
	return err
}

// supervision is how the service manager is told of headquarters.
func (h *headquarters) supervision() supervised {
	return supervised{
		turn:   func(ctx context.Context) { _ = h.hq.Alive(ctx) }, // a disk that fails is told elsewhere
		status: func(context.Context) string { return "terminals reach it as " + h.publicURL() },
		log:    h.log,
	}
}

// publicURL is how terminals reach this headquarters.
func (h *headquarters) publicURL() string {
	if h.config.HQ.PublicURL != "" {
		return h.config.HQ.PublicURL
	}
	return "https://" + h.listener.Addr().String()
}

// Close ends what Run left open. It may be called twice.
func (h *headquarters) Close() error {
	var errs []error
	if h.listener != nil {
		_ = h.listener.Close() // closed already when Run ended
	}
	if h.desk != nil {
		h.desk.Close()
	}
	if h.hq != nil {
		errs = append(errs, h.hq.Close())
	}
	if h.lock != nil {
		errs = append(errs, h.lock.Close())
	}
	return errors.Join(errs...)
}
