package main

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hub"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// hubDaemon is what `loyaltyd hub` runs, as a value that end-to-end tests open: a
// terminal without a counter, and what its lanes ask of it.
type hubDaemon struct {
	*terminal
	hub   *hub.Hub
	lanes net.Listener
}

func openHubDaemon(ctx context.Context, config configs.Config, log zerolog.Logger) (*hubDaemon, error) {
	d := &hubDaemon{terminal: &terminal{
		config: config, log: log, seen: newSightings(config), backups: dailyBackup{config: config, log: log},
	}}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *hubDaemon) open(ctx context.Context) (err error) {
	if d.lock, err = sqlitedb.LockFolder(d.config.DataDir); err != nil {
		return err
	}
	if d.identity, err = readHubIdentity(d.config.DataDir); err != nil {
		return err
	}
	if d.header.Zone, err = storeZone(d.identity); err != nil { // in which it says when
		return err
	}
	d.program, d.programProblem = loadProgram(d.config)
	if err := d.openPrograms(ctx); err != nil {
		return err
	}
	outbox := &hub.Outbox{Outbox: d.store}
	d.connect(outbox)
	if outbox.Hub, err = d.openHub(ctx); err != nil {
		return err
	}
	if d.lanes, err = net.Listen("tcp", cmp.Or(d.config.Hub.Listen, configs.HubListen)); err != nil {
		return fail(exitUnavailable, "is another hub running here? set hub.listen", err)
	}
	d.log.Info().Str("address", d.lanes.Addr().String()).Msg("hub is open")
	if d.desk, err = openDesk(d.config.DataDir); err != nil {
		return err
	}
	d.desk.offer(deskRoutes{
		"GET /till/status": d.terminal.deskRoutes()["GET /till/status"],
		"POST /till/sync":  d.terminal.deskRoutes()["POST /till/sync"],
		"GET /hub/status":  func(r *http.Request) (any, error) { return d.hubStatus(r.Context()) },
	})
	return nil
}

// readHubIdentity reads the key file of a hub.
func readHubIdentity(dir string) (identity, error) {
	id, err := readIdentity(dir)
	if err == nil && !id.Hub {
		err = fail(exitConfig, "`loyaltyd hq code --hub` at headquarters makes a code for a hub; `loyaltyd run` runs a till",
			fmt.Errorf("%s is a till's folder", dir))
	}
	return id, err
}

func (d *hubDaemon) openHub(ctx context.Context) (_ *hub.Hub, err error) {
	d.hub, err = hub.Open(ctx, hub.Options{
		Dir: d.config.DataDir, Chain: d.identity.Chain, Key: d.identity.key(),
		Rights: d.store, Members: d.store, Headquarters: d.exchange, Upstream: d.http, Now: time.Now,
		Refused: func(err error) bool { return errors.As(err, new(*loyalty.NoRedeem)) },
		Given:   d.loop.Appended,
		Notify: func(what string, lane ledger.TerminalID, why error) {
			d.log.Warn().Stringer("terminal_id", lane).Err(why).Msg(what)
		},
	})
	return d.hub, err
}

// Run serves until the context ends, or until the hub is to be opened for another
// program.
func (d *hubDaemon) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.loop.Run(gctx) })
	g.Go(func() error { d.hub.Run(gctx); return nil })
	g.Go(func() error { return d.hub.Serve(gctx, d.lanes) })
	g.Go(func() error { return d.desk.serve(gctx) })
	g.Go(func() error { d.backups.run(gctx); return nil })
	g.Go(func() error { d.prune(gctx); return nil })
	g.Go(func() error { return d.watch(gctx) })
	g.Go(func() error { return d.supervision().run(gctx, ctx) })
	err := g.Wait()
	if ctx.Err() != nil {
		return nil // asked to stop
	}
	return err
}

// watch does at intervals what a till's counter does.
func (d *hubDaemon) watch(ctx context.Context) error {
	for rest(ctx, tickEvery) {
		if err := d.store.Sound(); err != nil {
			return err
		}
		if d.programs.replaced.Load() {
			return errAnotherProgram
		}
		d.follow(time.Now())
	}
	return ctx.Err()
}

// supervision is how the service manager is told of a hub.
func (d *hubDaemon) supervision() supervised {
	return supervised{
		turn:   func(context.Context) { _ = d.store.Healthy() }, // what it says is told by status
		status: d.statusLine,
		log:    d.log,
	}
}

// hubStatus is what a running hub says of itself.
type hubStatus struct {
	hub.Status
	Address string `json:"address"` // for hub.address of lanes
	Note    string `json:"note,omitempty"`
	Reach   reach  `json:"headquarters"`
}

func (d *hubDaemon) hubStatus(ctx context.Context) (out hubStatus, err error) {
	if out.Status, err = d.hub.Status(ctx); err != nil {
		return out, err
	}
	reached, note := reachedAt(d.lanes.Addr().(*net.TCPAddr))
	out.Note, out.Reach = note, d.seen.reached()
	out.Address = wire.HubAddress{URL: "https://" + reached, Fingerprint: ledger.Fingerprint(d.identity.key().Public().(ed25519.PublicKey))}.String()
	return out, nil
}

// Close ends what Run left open. It may be called twice.
func (d *hubDaemon) Close() error {
	var errs []error
	if d.lanes != nil {
		_ = d.lanes.Close() // closed already when Run ended
	}
	if d.hub != nil {
		errs = append(errs, d.hub.Close())
	}
	return errors.Join(append(errs, d.terminal.Close())...)
}
