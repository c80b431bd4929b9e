package terminal

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hub"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Hub is what `loyaltyd hub` runs, as a value that end-to-end tests open: a
// terminal without a counter, and what its lanes ask of it.
type Hub struct {
	*Terminal
	hub   *hub.Hub
	lanes net.Listener
}

// OpenHub takes the folder of a hub and opens it. The caller runs it and closes it.
func OpenHub(ctx context.Context, config configs.Config, log zerolog.Logger) (*Hub, error) {
	d := &Hub{Terminal: &Terminal{
		Config: config, log: log, seen: newSightings(config), Backups: backups.Daily{Config: config, Log: log},
	}}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Hub) open(ctx context.Context) (err error) {
	if d.lock, err = sqlitedb.LockFolder(d.Config.DataDir); err != nil {
		return err
	}
	if d.Identity, err = datadir.ReadHubIdentity(d.Config.DataDir); err != nil {
		return err
	}
	if d.header.Zone, err = datadir.StoreZone(d.Identity); err != nil { // in which it says since when
		return err
	}
	d.program, d.programProblem = datadir.LoadProgram(d.Config)
	if err := d.openPrograms(ctx); err != nil {
		return err
	}
	outbox := &hub.Outbox{Outbox: d.Store}
	d.connect(outbox)
	if outbox.Hub, err = d.openHub(ctx); err != nil {
		return err
	}
	if d.lanes, err = net.Listen("tcp", cmp.Or(d.Config.Hub.Listen, configs.HubListen)); err != nil {
		return exit.Fail(exit.Unavailable, "is another hub running here? set hub.listen", err)
	}
	d.log.Info().Str("address", d.lanes.Addr().String()).Msg("hub is open")
	if d.desk, err = desk.Open(d.Config.DataDir); err != nil {
		return err
	}
	d.desk.Offer(desk.Routes{
		"GET /till/status": d.Terminal.deskRoutes()["GET /till/status"],
		"POST /till/sync":  d.Terminal.deskRoutes()["POST /till/sync"],
		"GET /hub/status":  func(r *http.Request) (any, error) { return d.hubStatus(r.Context()) },
	})
	return nil
}

func (d *Hub) openHub(ctx context.Context) (_ *hub.Hub, err error) {
	d.hub, err = hub.Open(ctx, hub.Options{
		Dir: d.Config.DataDir, Chain: d.Identity.Chain, Key: d.Identity.Key(),
		Rights: d.Store, Members: d.Store, Headquarters: d.exchange, Upstream: d.http, Now: time.Now,
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
func (d *Hub) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.loop.Run(gctx) })
	g.Go(func() error { d.hub.Run(gctx); return nil })
	g.Go(func() error { return d.hub.Serve(gctx, d.lanes) })
	g.Go(func() error { return d.desk.Serve(gctx) })
	g.Go(func() error { d.Backups.Run(gctx); return nil })
	g.Go(func() error { d.prune(gctx); return nil })
	g.Go(func() error { return d.watch(gctx) })
	g.Go(func() error { return d.Supervision().Run(gctx, ctx) })
	err := g.Wait()
	if ctx.Err() != nil {
		d.log.Info().Msg("hub is closed")
		return nil // asked to stop
	}
	return err
}

// watch does at intervals what a till's counter does.
func (d *Hub) watch(ctx context.Context) error {
	for service.Rest(ctx, tickEvery) {
		if err := d.Store.Sound(); err != nil {
			return err
		}
		if d.programs.replaced.Load() {
			return ErrAnotherProgram
		}
		d.follow(time.Now())
	}
	return ctx.Err()
}

// Supervision is how the service manager is told of a hub.
func (d *Hub) Supervision() service.Supervised {
	return service.Supervised{
		Turn:   func(context.Context) { _ = d.Store.Healthy() }, // what it says is told by status
		Status: d.statusLine,
		Log:    d.log,
	}
}

// HubStatus is what a running hub says of itself.
type HubStatus struct {
	hub.Status
	Address string `json:"address"` // for hub.address of lanes
	Note    string `json:"note,omitempty"`
	Reach   Reach  `json:"headquarters"`
}

func (d *Hub) hubStatus(ctx context.Context) (out HubStatus, err error) {
	if out.Status, err = d.hub.Status(ctx); err != nil {
		return out, err
	}
	reached, note := headquarters.ReachedAt(d.lanes.Addr().(*net.TCPAddr))
	out.Note, out.Reach = note, d.seen.reached()
	out.Address = wire.HubAddress{URL: "https://" + reached, Fingerprint: ledger.Fingerprint(d.Identity.Key().Public().(ed25519.PublicKey))}.String()
	return out, nil
}

// Close ends what Run left open. It may be called twice.
func (d *Hub) Close() error {
	var errs []error
	if d.lanes != nil {
		_ = d.lanes.Close() // closed already when Run ended
	}
	if d.hub != nil {
		errs = append(errs, d.hub.Close())
	}
	return errors.Join(append(errs, d.Terminal.Close())...)
}
