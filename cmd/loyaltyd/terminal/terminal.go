// Package terminal is the daemon of one checkout as a value, and that of a store's
// hub: store, exchange, counter, devices and API put together, run, and closed. What
// a till is asked at its desk is answered here too.
package terminal

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/api/pages"
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/operators"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/release"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/hub"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/report"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Terminal is the daemon of one checkout as a value: what `loyaltyd run` runs
// and end-to-end tests open.
type Terminal struct {
	Config   configs.Config
	Identity datadir.Identity
	log      zerolog.Logger

	lock     *sqlitedb.Lock
	program  *loyalty.Program // of the configuration; nil where it cannot be read
	programs heldPrograms
	Store    *offline.Store
	exchange *hqsync.Exchange // nil in training, as is loop
	loop     *hqsync.Loop
	http     *hqsync.HTTP // nil where the till is its own headquarters
	own      *embedded    // nil where it is another's
	near     *near        // nil where its store has no hub
	lull     lull
	sent     throughput
	reading  reading
	Till     *checkout.Till
	staff    operators.Desk
	header   receipt.Header
	devices  *Devices
	lastTold time.Time                // by the counter
	beats    chan chan struct{}       // closed by the counter when it comes round
	reloaded chan *configs.Standalone // for the counter to take over
	lends    chan lending             // texts of the POS for its display
	face     *api.Server
	server   *http.Server
	listener net.Listener
	desk     *desk.Desk
	seen     *sightings
	metrics  *api.Metrics
	events   *api.Events
	onPages  *pageCounter
	Backups  backups.Daily
	walking  rarely
	closing  sync.Mutex      // held while a day is closed
	closed   chan report.Day // to be shown

	programProblem error // why program is nil
}

// The contracts that the packages declared meet here.
var (
	_ checkout.Store     = (*offline.Store)(nil)
	_ hqsync.Outbox      = (*offline.Store)(nil)
	_ hqsync.HubOutbox   = (*offline.Store)(nil)
	_ hub.Rights         = (*offline.Store)(nil)
	_ hub.Headquarters   = (*hqsync.Exchange)(nil)
	_ checkout.Asker     = (*hqsync.Exchange)(nil)
	_ checkout.Finder    = (*hqsync.Exchange)(nil)
	_ device.LineDisplay = checkout.Display(nil)
)

// Open takes the folder, opens the store and everything around it. The
// caller runs it and closes it.
func Open(ctx context.Context, config configs.Config, log zerolog.Logger) (*Terminal, error) {
	t := &Terminal{
		closed: make(chan report.Day, 1),
		beats:  make(chan chan struct{}), reloaded: make(chan *configs.Standalone, 1), lends: make(chan lending),
		Config: config, log: log, seen: newSightings(config), Backups: backups.Daily{Config: config, Log: log},
	}
	if err := t.open(ctx); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (t *Terminal) open(ctx context.Context) (err error) {
	if t.lock, err = sqlitedb.LockFolder(t.Config.DataDir); err != nil {
		return err
	}
	if err := t.readProgramFile(); err != nil {
		return err
	}
	if err := t.identify(ctx); err != nil {
		return err
	}
	if err := t.openTraining(); err != nil {
		return err
	}
	if err := t.openPrograms(ctx); err != nil {
		return err
	}
	if !t.Config.Training {
		if err := t.openNear(); err != nil {
			return err
		}
		t.connect(t.Store)
		t.linkNear()
	}
	if err := t.assemble(); err != nil {
		return err
	}
	if err := t.listen(); err != nil {
		return err
	}
	if t.desk, err = desk.Open(t.Config.DataDir); err != nil {
		return err
	}
	t.desk.Offer(t.deskRoutes())
	t.desk.Offer(t.staff.Routes("/till"))
	t.desk.Offer(desk.Routes{"POST /till/adjust": t.adjust, "POST /till/household/join": t.joinHousehold})
	if t.own != nil {
		t.desk.Offer(headquarters.Routes(t.own.running))
		t.desk.Offer(headquarters.CopyRoutes(t.own.running))
		t.Backups.Note = t.own.noteCopy
		t.desk.Offer(headquarters.HouseholdRoutes(t.own.running, &t.staff))
		t.desk.Offer(headquarters.ImportRoutes(t.own.running, &t.staff))
		t.desk.Offer(headquarters.ReleaseRoutes(t.own.running, &t.staff))
		t.desk.Offer(headquarters.EraseRoutes(t.own.running, &t.staff))
	}
	return nil
}

// openStore opens the till's store as the program wants rights judged.
func openStore(ctx context.Context, config configs.Config, id datadir.Identity, programs *loyalty.Versions) (*offline.Store, error) {
	options, err := datadir.StoreOptions(config, id, programs)
	if err != nil {
		return nil, err
	}
	return offline.Open(ctx, options)
}

func (t *Terminal) tellOpening() {
	opening := t.Store.Opening()
	if opening.NewEpoch != nil {
		t.log.Warn().Uint32("epoch", uint32(opening.NewEpoch.Epoch)).Str("reason", opening.Reason).Msg("journal begins a new epoch")
	}
	if saved := opening.Salvaged; saved != nil {
		t.log.Error().Int("entries", saved.Entries).Int("lost", saved.Lost).Str("aside", saved.Aside).
			Msg("journal was damaged: what can be read was salvaged; check the disk")
	}
	if opening.DirectoryRebuilt {
		t.log.Warn().Msg("directory was damaged: it is read from headquarters again")
	}
}

// connect prepares the exchange with headquarters; nothing is sent yet.
func (t *Terminal) connect(outbox hqsync.Outbox) {
	t.exchange = hqsync.NewExchange(t.Identity.Exchanging(), outbox, t.transport(), time.Now, ledger.NewID)
	t.loop = hqsync.NewLoop(t.exchange)
	t.loop.MaxWait = t.Config.Sync.RetryMax
	t.loop.Changed = t.tellReach
	t.loop.Pushed = func(entries int) { t.sent.passed(entries, time.Now()) }
	if t.own != nil {
		t.loop.Delay = t.lull.delay
	}
	t.exchange.Read = func(upTo, last ledger.Position) { t.reading.page(upTo, last, t.log, time.Now()) }
	t.exchange.Beside = hqsync.Beside
	t.exchange.Published, t.exchange.Forged = t.published, t.forged
	t.exchange.Fenced = t.seen.fencing
	t.exchange.Rekeyed = t.rekeyed
	t.exchange.Reopened = func(w wire.Welcome) {
		t.log.Warn().Uint32("epoch", uint32(w.Known.Epoch)).Uint64("seq", uint64(w.Known.Seq)).
			Msg("journal does not go on from what headquarters has: was this machine restored? a new epoch begins")
	}
}

// tellReach writes into the diary when headquarters is reached, or no longer
// and why.
func (t *Terminal) tellReach(err error) {
	t.seen.headquarters(err)
	switch {
	case err == nil:
		t.log.Info().Msg("headquarters reached")
	case errors.Is(err, hqsync.ErrFenced):
		t.log.Error().Msg("this terminal is fenced: enroll it anew")
	case errors.Is(err, hqsync.ErrUnknown):
		t.log.Error().Str("do", t.Identity.ForgottenHint()).Msg("headquarters does not know this terminal: nothing that it sent is there")
	case errors.Is(err, sqlitedb.ErrStorage):
		t.log.Error().Err(err).Msg("storage failed: nothing is sent")
	default:
		t.log.Warn().Err(err).Msg("headquarters not reached: working offline")
	}
}

// assemble puts the counter and the API over the store.
func (t *Terminal) assemble() error {
	lookup, err := keys.ParseLookup(t.Identity.LookupKey)
	if err != nil {
		return err
	}
	zone, err := datadir.StoreZone(t.Identity)
	if err != nil {
		return err
	}
	t.metrics = api.NewMetrics(release.Name, t.gauges)
	t.events = api.NewEvents(time.Now())
	if t.loop != nil { // not while training
		t.loop.Changed = func(err error) {
			t.tellReach(err)
			t.events.Tell(api.HeadquartersReached{Reached: err == nil})
		}
	}
	t.onPages = newPageCounter(t.feed)
	t.Till = &checkout.Till{
		Store: t.sales(), Programs: t.programs.Versions, Terminal: t.Identity.Terminal, StoreID: t.Identity.Store.ID,
		Region: t.Identity.Store.Region, Zone: zone, Language: t.Config.Speaks(), Operator: t.Config.OperatorID,
		Seal: checkout.SealPerson(func(plain []byte) ([]byte, error) {
			ciphertext, _, err := keys.SealAttachment(t.Identity.Recipient, plain)
			return ciphertext, err
		}),
		Keyed:       func(asked []byte) ledger.Hash { return lookup.Sum("request", asked) },
		HashedPhone: func(e164 string) ledger.KeyedHash { return lookup.Hash(ledger.PhoneIdentifier, e164) },
		Asker:       t.asker(),
		Finder:      t.finder(),
		Sealing:     t.sealing(lookup),
		Headquarters: func(ctx context.Context) (ledger.KeyChain, error) {
			return datadir.KeyLine(ctx, t.Store.View, t.Identity)
		},
	}
	t.Till.Scans = t.router()
	t.Till.NewEntry, t.Till.NewHold = ledger.NewID, ledger.NewID
	t.Till.NewAccount, t.Till.NewSuspect = ledger.NewRandomID, ledger.NewRandomID
	t.employ()
	t.header = receipt.Header{Store: t.Identity.Store.Name, Terminal: t.Identity.Name, Zone: zone, Language: t.Config.Speaks(), Training: t.Config.Training}
	t.devices, err = OpenDevices(t.Config, t.log)
	return err
}

// sealing seals receipts' codes with the store's key. What is trained on is never
// sent, so nobody could claim it.
func (t *Terminal) sealing(lookup keys.Lookup) ledger.Sealing {
	if t.Config.Training {
		return nil
	}
	return func(data []byte) ledger.Hash { return lookup.Sum(ledger.ClaimSeal, data) }
}

// signaling is the store with a word to the exchange after each entry.
type signaling struct {
	*offline.Store
	loop    *hqsync.Loop
	near    *near
	metrics *api.Metrics
	events  *api.Events
}

// Append implements checkout.Store.
func (s signaling) Append(ctx context.Context, record ledger.Record) error {
	began := time.Now()
	if err := s.Store.Append(ctx, record); err != nil {
		return err
	}
	s.metrics.Appended(record.Entry.Kind, time.Since(began))
	s.loop.Appended()
	s.events.Written(record.Entry)
	s.near.appended()
	return nil
}

func (t *Terminal) listen() error {
	token, err := datadir.APIToken(t.Config)
	if err != nil {
		return err
	}
	screens := t.openScreens()
	t.face = &api.Server{
		Till: t.Till, Header: t.header, Columns: t.devices.Columns(), Token: token, TokenFile: datadir.TokenFile(t.Config), Release: release.Name,
		Hosts: t.Config.API.AllowedHosts, Origins: t.Config.API.AllowedOrigins, TrustVerified: t.Config.API.TrustVerified, Health: t.Store.Healthy, Ready: t.ready, Status: t.wholeStatus,
		Devices: shared{t}, Metrics: t.metrics, Events: t.events, Screens: screens,
		Pages: (&pages.Pages{Screens: screens, Office: pageSource{t}, Failed: t.failed, Noted: t.noted}).Open(), Told: t.told, Failed: t.failed, Walking: t.walked,
	}
	t.server = api.Limited(t.lull.heard(t.face.Handler()))
	if t.server.TLSConfig, err = apiTLS(t.Config); err != nil {
		return err
	}
	if err := t.bind(); err != nil {
		return err
	}
	t.log.Info().Str("address", t.listener.Addr().String()).Str("terminal_id", t.Identity.Terminal.String()).Msg("till is open")
	return nil
}

// bind takes the API's port, if it was not taken before.
func (t *Terminal) bind() (err error) {
	if t.listener != nil {
		return nil
	}
	if t.listener, err = net.Listen("tcp", t.Config.API.Listen); err != nil {
		return exit.Fail(exit.Unavailable, "is another till running here? set api.listen", err)
	}
	return nil
}

// Address is where the API listens.
func (t *Terminal) Address() string { return t.listener.Addr().String() }

// Close ends what Run left open. It may be called twice.
func (t *Terminal) Close() error {
	var errs []error
	if t.listener != nil {
		_ = t.listener.Close() // closed already when Run ended
	}
	if t.desk != nil {
		t.desk.Close()
	}
	if t.http != nil {
		t.http.Close()
	}
	t.near.close()
	errs = append(errs, t.closeOwn())
	if t.Store != nil {
		errs = append(errs, t.Store.Close())
	}
	if t.lock != nil {
		errs = append(errs, t.lock.Close())
	}
	return errors.Join(errs...)
}
