package headquarters

import (
	"cmp"
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// Daemon is what `loyaltyd hq` runs, as a value that end-to-end tests open.
type Daemon struct {
	Local
	lock     *sqlitedb.Lock
	listener net.Listener // for terminals
	desk     *desk.Desk
	Backups  backups.Daily
	// managerAbove is adjust.manager_above, as it was last reloaded.
	managerAbove atomic.Int64
}

// Reload takes a new configuration over.
func (d *Daemon) Reload(config configs.Config) { d.managerAbove.Store(config.Adjust.ManagerAbove) }

// Open takes the folder and the port, and opens the database. The caller runs it and
// closes it.
func Open(ctx context.Context, config configs.Config, log zerolog.Logger) (*Daemon, error) {
	d := &Daemon{
		Local: Local{config: config, log: log}, Backups: backups.Daily{Config: config, Log: log},
	}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Daemon) open(ctx context.Context) (err error) {
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
	running := func() (*Local, error) { return &d.Local, nil }
	d.desk.Offer(Routes(running))
	d.desk.Offer(CopyRoutes(running))
	d.Backups.Note = d.NoteCopy
	d.employ()
	return nil
}

// Run serves until the context ends.
func (d *Daemon) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.Supervision().Run(gctx, ctx) })
	g.Go(func() error { return d.Serve(gctx, d.listener, d.Failed) })
	g.Go(func() error { return d.desk.Serve(gctx) })
	g.Go(func() error { d.Backups.Run(gctx); return nil })
	err := g.Wait()
	if ctx.Err() != nil {
		d.log.Info().Msg("headquarters is closed")
		return nil // asked to stop
	}
	return err
}

// Supervision is how the service manager is told of headquarters.
func (d *Daemon) Supervision() service.Supervised {
	return service.Supervised{
		Turn: func(ctx context.Context) { _ = d.Alive(ctx) }, // a disk that fails is told elsewhere
		Status: func(context.Context) string {
			url, _, _ := d.publicURL() // it listens, so there is one
			return "terminals reach it as " + url
		},
		Log: d.log,
	}
}

// Address is where terminals reach it.
func (d *Daemon) Address() string { return d.listener.Addr().String() }

// Close ends what Run left open. It may be called twice.
func (d *Daemon) Close() error {
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
