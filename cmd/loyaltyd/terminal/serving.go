package terminal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
)

const (
	// drainTime is how long the last push may take when the daemon stops.
	drainTime = 3 * time.Second
	// tellingTime is what a display and a printer take for a sale.
	tellingTime = 2 * time.Second
	// tickEvery is how often conversations are looked at for their timeouts.
	tickEvery = time.Second
)

// Run serves until the context ends, then drains: no new sale, what was sold is
// told, and what is unsent gets a last chance.
func (t *Terminal) Run(ctx context.Context) error {
	defer t.serveOwn(ctx)()
	devices, unplug := context.WithCancel(context.WithoutCancel(ctx))
	defer unplug()
	g, gctx := errgroup.WithContext(ctx)
	driven := make(chan error, 1)
	go func() { driven <- t.devices.Run(devices) }()
	g.Go(func() error { return t.serveCounter(gctx) })
	if t.loop != nil {
		g.Go(func() error { return t.loop.Run(gctx) })
		g.Go(func() error { t.prune(gctx); return nil })
	}
	if t.near != nil {
		g.Go(func() error { return t.near.loop.Run(gctx) })
	}
	g.Go(func() error { return t.desk.Serve(gctx) })
	g.Go(func() error { return t.Supervision().Run(gctx, ctx) })
	g.Go(func() error { t.Backups.Run(gctx); return nil })
	g.Go(func() error {
		if err := t.serveAPI(); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve API: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-gctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		t.events.End()
		err := t.server.Shutdown(last)
		t.face.Settle(last)
		return err
	})
	err := g.Wait()
	// A sale that was keyed before the stop is on disk: let its display and
	// receipt come out.
	time.Sleep(tellingTime - time.Since(t.lastTold))
	unplug()
	<-driven // its only end is unplug
	if ctx.Err() == nil {
		return err
	}
	if t.exchange != nil { // in training nothing is sent
		t.pushLast(context.WithoutCancel(ctx))
	}
	t.log.Info().Msg("till is closed")
	return nil // asked to stop
}

// pushLast sends what is left. What does not arrive is in the journal.
func (t *Terminal) pushLast(ctx context.Context) {
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
func (t *Terminal) serveCounter(ctx context.Context) error {
	counter := t.counter()
	counter.Start(ctx, time.Now())
	t.look(counter)
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	var standalone *configs.Standalone // waits for the customer to be gone
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event := <-t.devices.Events:
			t.devices.log(event)
			t.seen.device(event)
			t.devices.heed(event)
			t.tellDevice(event)
			t.feed(context.WithoutCancel(ctx), counter, event)
		case asked := <-t.onPages.asks:
			asked.do(context.WithoutCancel(ctx), counter)
			t.look(counter)
			close(asked.done)
		case beat := <-t.beats:
			close(beat)
		case standalone = <-t.reloaded:
		case text := <-t.lends:
			text.here <- t.devices.borrow(text.lentText, counter.Free(), time.Now())
		case day := <-t.closed:
			counter.DayClosed(day.Day, day.All.Sales, t.netOf(day))
		case <-tick.C:
			if err := t.Store.Sound(); err != nil {
				return err // run opens it again
			}
			if t.programs.replaced.Load() && counter.Idle() && !t.holding(ctx) {
				return ErrAnotherProgram // run opens it again
			}
			t.follow(time.Now())
			counter.Tick(ctx, time.Now())
			t.devices.remind(counter.Idle())
		}
		t.devices.showLent(counter.Free(), time.Now())
		if standalone != nil && counter.Idle() {
			govern(counter, *standalone)
			standalone = nil
		}
		t.look(counter)
	}
}

// holding reports whether a customer may still pay with what is held for her: that
// is of the program it was held under.
func (t *Terminal) holding(ctx context.Context) bool {
	held, err := t.Store.Holding(ctx)
	return held || err != nil // a store that fails is opened again for that, or asked again
}

// feed hands an event to the counter. The context does not end: a sale whose
// last key came is written.
func (t *Terminal) feed(ctx context.Context, counter *checkout.Counter, event device.Event) {
	if event.Kind == device.KeyPressed || event.Kind == device.Scanned {
		t.lull.stir()
	}
	switch {
	case event.Kind == device.KeyPressed:
		counter.Key(ctx, event.At, event.Key)
	case event.Kind == device.Scanned:
		counter.Passed = t.passes(event.Device)
		t.devices.sound(event.Device, counter.Scan(ctx, event.At, event.Scan))
	case event.Kind == device.StatusUpdate && event.Status.Err() != nil:
		counter.Unprinted(event.Status.Err())
	case event.Kind == device.Misread && t.devices.isScanner(event.Device):
		counter.Misscanned(event.At)
	case (event.Kind == device.Misread || event.Kind == device.Offline) && t.devices.isKeypad(event.Device):
		counter.Misread() // keys may have got lost
	}
}

func (t *Terminal) counter() *checkout.Counter {
	counter := &checkout.Counter{
		Till: t.Till, Display: t.devices, Scans: t.Till.Scans, Greeting: t.greeting(), Messages: t.Config.IdleMessages,
		Told: t.toldHere, TookBack: t.tookBack, Failed: t.failed,
		Met: t.met, Left: t.left, NoPIN: t.devices.noPIN,
	}
	counter.CloseDay = func(ctx context.Context) error {
		_, err := t.closeDay(ctx, "")
		return err
	}
	if len(t.devices.printers) > 0 {
		counter.Print = t.print
	}
	govern(counter, t.Config.Standalone)
	return counter
}

// govern sets what the configuration says of sales keyed without a POS.
func govern(counter *checkout.Counter, s configs.Standalone) {
	counter.TaxRate, _ = s.Tax() // it was checked when it was loaded
	counter.MaxAmount, counter.ConfirmAbove = ledger.Minor(s.MaxAmount), ledger.Minor(s.ConfirmAbove)
	counter.IdleTimeout = s.IdleTimeout
}

// Reload takes a new configuration over: the rules of the house at once, what
// the counter goes by once its customer is gone; the latest wins. One goroutine
// calls it.
func (t *Terminal) Reload(config configs.Config) {
	t.Till.Govern(t.house(config))
	select {
	case <-t.reloaded:
	default:
	}
	t.reloaded <- &config.Standalone
}

// router is what the configuration says of scans.
func (t *Terminal) router() route.Router { return Router(t.Config, t.Till.Region) }

// print prints a paper of the counter.
func (t *Terminal) print(paper checkout.Paper) error {
	header := t.Till.PaperHeading(t.header, paper)
	t.lastTold = time.Now()
	if paper.Entry.Return != nil {
		_, err := t.devices.Print(receipt.FromReturn(paper.Entry, paper.Sale, header))
		return err
	}
	_, err := t.devices.Print(receipt.From(paper.Entry, header))
	return err
}

// toldHere notes a sale of the counter.
func (t *Terminal) toldHere(completed checkout.Completed) {
	t.lastTold = time.Now()
	t.told(completed)
}

// tookBack writes a return or void of the counter into the diary.
func (t *Terminal) tookBack(taken checkout.TakenBack) {
	t.lastTold = time.Now()
	e := taken.Entry
	t.log.Info().Str("entry_id", e.ID.String()).Str("kind", string(e.Kind)).Str("sale_id", e.Return.Of.ID).
		Int64("total_minor", int64(e.Return.Total)).Msg("return told")
}

// told writes the diary.
func (t *Terminal) told(completed checkout.Completed) {
	t.log.Info().Str("entry_id", completed.Entry.ID.String()).Str("sale_id", completed.Entry.Sale.ID).
		Int64("total_minor", int64(completed.Entry.Sale.Total)).Func(conductOf(completed.Entry)).Msg("sale told")
}

func (t *Terminal) failed(err error) { t.log.Error().Err(err).Msg("told a failure at the counter") }

// GiveRoom gives the scheduler a processor more for each serial port. Reading
// one is a system call that blocks, and on an idle machine the runtime can take
// up to 10 ms to notice that the processor it was made on is free: the answer to
// the key just read would wait for that.
func (t *Terminal) GiveRoom() { runtime.GOMAXPROCS(runtime.NumCPU() + len(t.devices.runners)) }
