package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// hqDaemon is what `loyaltyd hq` runs, as a value that end-to-end tests open.
type hqDaemon struct {
	headquarters
	lock     *sqlitedb.Lock
	listener net.Listener // for terminals
	desk     *desk.Desk
	backups  dailyBackup
	// managerAbove is adjust.manager_above, as it was last reloaded.
	managerAbove atomic.Int64
}

// reload takes a new configuration over.
func (d *hqDaemon) reload(config configs.Config) { d.managerAbove.Store(config.Adjust.ManagerAbove) }

func openHQDaemon(ctx context.Context, config configs.Config, log zerolog.Logger) (*hqDaemon, error) {
	d := &hqDaemon{
		headquarters: headquarters{config: config, log: log}, backups: dailyBackup{config: config, log: log},
	}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *hqDaemon) open(ctx context.Context) (err error) {
	program, problem := datadir.LoadProgram(d.config)
	if problem != nil && !datadir.Look(d.config.DataDir).HQKey {
		return problem
	}
	if d.lock, err = sqlitedb.LockFolder(d.config.DataDir); err != nil {
		return err
	}
	if err := datadir.Look(d.config.DataDir).RefuseHeadquarters(); err != nil {
		return err
	}
	if err := d.openDatabase(ctx, program, problem); err != nil {
		return err
	}
	if d.listener, err = d.listen(ctx, cmp.Or(d.config.HQ.Listen, configs.HQListen)); err != nil {
		return exit.Fail(exit.Unavailable, "is another headquarters running here? set hq.listen", err)
	}
	if d.desk, err = desk.Open(d.config.DataDir); err != nil {
		return err
	}
	running := func() (*headquarters, error) { return &d.headquarters, nil }
	d.desk.Offer(hqRoutes(running))
	d.desk.Offer(copyRoutes(running))
	d.backups.note = d.NoteCopy
	d.employ()
	return nil
}

// Run serves until the context ends.
func (d *hqDaemon) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.supervision().Run(gctx, ctx) })
	g.Go(func() error { return d.Serve(gctx, d.listener, d.failed) })
	g.Go(func() error { return d.desk.Serve(gctx) })
	g.Go(func() error { d.backups.run(gctx); return nil })
	err := g.Wait()
	if ctx.Err() != nil {
		return nil // asked to stop
	}
	return err
}

// supervision is how the service manager is told of headquarters.
func (d *hqDaemon) supervision() service.Supervised {
	return service.Supervised{
		Turn: func(ctx context.Context) { _ = d.Alive(ctx) }, // a disk that fails is told elsewhere
		Status: func(context.Context) string {
			url, _, _ := d.publicURL() // it listens, so there is one
			return "terminals reach it as " + url
		},
		Log: d.log,
	}
}

// Close ends what Run left open. It may be called twice.
func (d *hqDaemon) Close() error {
	var errs []error
	if d.listener != nil {
		_ = d.listener.Close() // closed already when Run ended
	}
	if d.desk != nil {
		d.desk.Close()
	}
	if d.Headquarters != nil {
		errs = append(errs, d.Headquarters.Close())
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
	}
	return errors.Join(errs...)
}
