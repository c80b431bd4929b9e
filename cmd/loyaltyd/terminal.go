package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
	"github.com/loyaltyd/loyaltyd/receipt"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// terminal is the daemon of one checkout as a value: what `loyaltyd run` runs
// and end-to-end tests open.
type terminal struct {
	config   configs.Config
	identity identity
	log      zerolog.Logger

	lock     *sqlitedb.Lock
	program  *loyalty.Program
	store    *offline.Store
	exchange *hqsync.Exchange
	loop     *hqsync.Loop
	http     *hqsync.HTTP
	till     *checkout.Till
	header   receipt.Header
	devices  *devices
	server   *http.Server
	listener net.Listener
}

const (
	// drainTime is how long the last push may take when the daemon stops.
	drainTime = 3 * time.Second
	// tickEvery is how often conversations are looked at for their timeouts.
	tickEvery = time.Second
)

// The contracts that the packages declared meet here.
var (
	_ checkout.Store     = (*offline.Store)(nil)
	_ hqsync.Outbox      = (*offline.Store)(nil)
	_ checkout.Asker     = (*hqsync.Exchange)(nil)
	_ device.LineDisplay = checkout.Display(nil)
)

// openTerminal takes the folder, opens the store and everything around it. The
// caller runs it and closes it.
func openTerminal(ctx context.Context, config configs.Config, log zerolog.Logger) (*terminal, error) {
	t := &terminal{config: config, log: log}
	if err := t.open(ctx); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (t *terminal) open(ctx context.Context) (err error) {
	if t.lock, err = sqlitedb.LockFolder(t.config.DataDir); err != nil {
		return err
	}
	if t.identity, err = readIdentity(t.config.DataDir); err != nil {
		return err
	}
	if t.program, err = loadProgram(t.config); err != nil {
		return err
	}
	if t.store, err = openStore(ctx, t.config, t.identity, t.program); err != nil {
		return err
	}
	t.tellOpening()
	t.connect()
	if err := t.assemble(); err != nil {
		return err
	}
	return t.listen()
}

// openStore opens the till's store as the program wants rights judged.
func openStore(ctx context.Context, config configs.Config, id identity, program *loyalty.Program) (*offline.Store, error) {
	options, err := storeOptions(config, id, program)
	if err != nil {
		return nil, err
	}
	return offline.Open(ctx, options)
}

func storeOptions(config configs.Config, id identity, program *loyalty.Program) (offline.Options, error) {
	lookup, err := keys.ParseLookup(id.LookupKey)
	return offline.Options{
		Dir: config.DataDir, Terminal: id.Terminal, Store: id.Store.ID, LookupKey: lookup,
		Program: program.Ref().ID, Operator: config.OperatorID,
		PerTerminalCap: program.Offline().PerTerminal, MaxOffline: program.Offline().MaxAge, Now: time.Now,
	}, err
}

func (t *terminal) tellOpening() {
	opening := t.store.Opening()
	if opening.NewEpoch != nil {
		t.log.Warn().Uint32("epoch", uint32(opening.NewEpoch.Epoch)).Str("reason", opening.Reason).Msg("journal begins a new epoch")
	}
	if opening.DirectoryRebuilt {
		t.log.Warn().Msg("directory was damaged: it is read from headquarters again")
	}
}

// connect prepares the exchange with headquarters; nothing is sent yet.
func (t *terminal) connect() {
	headquarters := t.identity.PublicKey
	t.http = hqsync.NewHTTP(cmp.Or(t.config.Headquarters.URL, t.identity.URL), hqsync.Pinned(headquarters))
	t.exchange = hqsync.NewExchange(hqsync.Identity{
		Terminal: t.identity.Terminal, Key: t.identity.key(), Chain: t.identity.Chain,
		Headquarters: headquarters, Release: release, Fingerprint: machineFingerprint(),
	}, t.store, t.http, time.Now, ledger.NewID)
	t.loop = hqsync.NewLoop(t.exchange)
	t.loop.MaxWait = t.config.Sync.RetryMax
	t.loop.Changed = func(err error) {
		if err == nil {
			t.log.Info().Msg("headquarters reached")
			return
		}
		t.log.Warn().Err(err).Msg("headquarters not reached: working offline")
	}
	t.loop.Greeted = func(w wire.Welcome) {
		if w.Standing == wire.Fenced {
			t.log.Error().Msg("this terminal is fenced: enroll it anew")
		}
	}
}

// assemble puts the counter and the API over the store.
func (t *terminal) assemble() error {
	zone, err := time.LoadLocation(t.identity.Store.TimeZone)
	if err != nil {
		return fail(exitConfig, "correct the store's time zone at headquarters", err)
	}
	t.till = &checkout.Till{
		Store: signaling{t.store, t.loop}, Program: t.program, StoreID: t.identity.Store.ID,
		Region: t.identity.Store.Region, Zone: zone, Operator: t.config.OperatorID,
		Seal: checkout.SealPerson(func(plain []byte) ([]byte, error) {
			ciphertext, _, err := keys.SealAttachment(t.identity.Recipient, plain)
			return ciphertext, err
		}),
		Asker: t.exchange,
	}
	t.till.NewEntry, t.till.NewHold = ledger.NewID, ledger.NewID
	t.till.NewAccount, t.till.NewSuspect = ledger.NewRandomID, ledger.NewRandomID
	t.header = receipt.Header{Store: t.identity.Store.Name, Terminal: t.identity.Name, Zone: zone}
	t.devices, err = openDevices(t.config, t.log)
	return err
}

// signaling is the store with a word to the exchange after each entry.
type signaling struct {
	*offline.Store
	loop *hqsync.Loop
}

// Append implements checkout.Store.
func (s signaling) Append(ctx context.Context, record ledger.Record) error {
	if err := s.Store.Append(ctx, record); err != nil {
		return err
	}
	s.loop.Appended()
	return nil
}

func (t *terminal) listen() error {
	token, err := apiToken(t.config)
	if err != nil {
		return err
	}
	face := &api.Server{
		Till: t.till, Header: t.header, Columns: t.devices.columns(), Token: token, Release: release,
		Hosts: t.config.API.AllowedHosts, Health: t.store.Healthy, Told: t.told, Failed: t.failed,
	}
	t.server = &http.Server{
		Handler: face.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	if t.listener, err = net.Listen("tcp", t.config.API.Listen); err != nil {
		return fail(exitUnavailable, "is another till running here? set api.listen", err)
	}
	t.log.Info().Str("address", t.listener.Addr().String()).Str("terminal_id", t.identity.Terminal.String()).Msg("till is open")
	return nil
}

// Run serves until the context ends, then drains: no new sale, and what is
// unsent gets a last chance.
func (t *terminal) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return t.devices.run(gctx) })
	g.Go(func() error { return t.serveCounter(gctx) })
	g.Go(func() error { return t.loop.Run(gctx) })
	g.Go(func() error {
		if err := t.server.Serve(t.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve API: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-gctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		return t.server.Shutdown(last)
	})
	err := g.Wait()
	if ctx.Err() != nil {
		t.pushLast(context.WithoutCancel(ctx))
		return nil // asked to stop
	}
	return err
}

// pushLast sends what is left. What does not arrive is in the journal.
func (t *terminal) pushLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	for {
		sent, err := t.exchange.Push(ctx)
		if err != nil || sent == 0 {
			return
		}
	}
}

// serveCounter is the one goroutine of the conversation.
func (t *terminal) serveCounter(ctx context.Context) error {
	counter, err := t.counter()
	if err != nil {
		return err
	}
	counter.Start()
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event := <-t.devices.events:
			t.devices.log(event)
			switch event.Kind {
			case device.KeyPressed:
				counter.Key(ctx, time.Now(), event.Key)
			case device.Misread:
				counter.Misread()
			}
		case <-tick.C:
			counter.Tick(ctx, time.Now())
		}
	}
}

func (t *terminal) counter() (*checkout.Counter, error) {
	rate, err := t.config.Standalone.Tax()
	if err != nil {
		return nil, err
	}
	return &checkout.Counter{
		Till: t.till, Display: t.devices, Greeting: t.identity.Store.Name, TaxRate: rate,
		MaxAmount:    ledger.Minor(t.config.Standalone.MaxAmount),
		ConfirmAbove: ledger.Minor(t.config.Standalone.ConfirmAbove),
		IdleTimeout:  t.config.Standalone.IdleTimeout,
		Told:         t.printed, Failed: t.failed,
	}, nil
}

// printed tells a sale of the counter on paper.
func (t *terminal) printed(completed checkout.Completed) {
	header := t.header
	header.Member = completed.Name
	t.devices.print(receipt.From(completed.Entry, header))
	t.told(completed)
}

// told writes the diary.
func (t *terminal) told(completed checkout.Completed) {
	t.log.Info().Str("entry_id", completed.Entry.ID.String()).Str("sale_id", completed.Entry.Sale.ID).
		Int64("total_minor", int64(completed.Entry.Sale.Total)).Msg("sale told")
}

func (t *terminal) failed(err error) { t.log.Error().Err(err).Msg("told a failure at the counter") }

// Close ends what Run left open. It may be called twice.
func (t *terminal) Close() error {
	var errs []error
	if t.listener != nil {
		_ = t.listener.Close() // closed already when Run ended
	}
	if t.http != nil {
		t.http.Close()
	}
	if t.store != nil {
		errs = append(errs, t.store.Close())
	}
	if t.lock != nil {
		errs = append(errs, t.lock.Close())
	}
	return errors.Join(errs...)
}
