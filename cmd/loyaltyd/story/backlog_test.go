package story_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// backlog is how many entries the till of TestBacklog has to send.
var backlog = flag.Int("backlog", 1500, "how many entries the till of TestBacklog has to send")

// A till that was offline for long sends what it has while sales go on, says how many
// are left and about when it is done, and headquarters has each of them in the end.
// With -backlog of a hundred thousand and more it prints the goals: the time against
// a till that does nothing but hand the same bytes over, from memory, and a sale's
// p99 against that of an idle till, and of one beside which that other till hands its
// bytes over. Headquarters is another machine in a chain: here its disk is memory, and
// it gives way to the till on the processors that they share.
func TestBacklog(t *testing.T) {
	c := newChain(t, "", "till")
	large := *backlog >= 100_000
	lane := c.Lanes[0]
	c.Drain()
	c.Network.Cut()
	fillBacklog(t, c.Config("till"), *backlog)
	c.ctx = testkit.Within(t, 5*time.Minute+2*time.Duration(*backlog)*time.Millisecond)
	for _, of := range []string{"hq", "till"} {
		mustRun(t, "cp", "-a", c.Folder(of), c.Folder("bare-"+of))
	}
	if large {
		ontoMemory(t, c.Folder("hq"), c.Folder("bare-hq"))
	}
	var err error
	if c.HQ, err = c.Start("hq", "hq", elsewhere...); err == nil {
		err = errors.Join(c.Point(c.ctx, "hq", c.HQ), c.Boot(c.ctx, lane))
	}
	if err != nil {
		t.Fatal(err)
	}
	sales := &pacedSales{at: newPOS(t, c.Stage, lane), pace: 20 * time.Millisecond}
	idle := 20
	if large {
		idle = 1000
	}
	for range idle {
		sales.one()
	}
	before := sales.took
	sales.took = nil

	if err := c.Network.Restore(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var said []drainSaid
	sales.while(func() { said = c.watchDrain(large) })
	took := time.Since(began)
	c.sent(lane)
	if n := c.entries(); n < *backlog {
		t.Errorf("headquarters has %d entries of %d", n, *backlog)
	}
	meanwhile := sales.took
	left := *backlog + 2*len(before) + len(meanwhile) + 1000
	for _, s := range said {
		if s.sending != nil && (s.sending.Left > left || s.sending.PerSecond < 1) {
			t.Errorf("status says %+v, with %d left before", *s.sending, left)
		}
	}
	t.Logf("%d entries drained in %v, %d sales meanwhile: p50 %.1f, p99 %.1f ms; idle p50 %.1f, p99 %.1f ms", *backlog, took.Round(time.Millisecond), len(meanwhile),
		percentile(meanwhile, 50)/1000, percentile(meanwhile, 99)/1000, percentile(before, 50)/1000, percentile(before, 99)/1000)
	if !large {
		c.clean()
		return
	}
	tellProgress(t, said, began.Add(took))
	drain := c.bareDrain()
	sales.took = nil
	var bare time.Duration
	sales.while(func() { bare = drain() })
	beside := percentile(sales.took, 99)
	testkit.Goal{Number: 9, What: fmt.Sprintf("a backlog of %d drained, against handing over the same bytes", *backlog),
		Ours: took.Seconds(), Bare: bare.Seconds(), Unit: "s", Limit: 1.5}.Print(t)
	testkit.Goal{Number: 9, What: "a sale's p99 while it drains, against idle",
		Ours: percentile(meanwhile, 99), Bare: percentile(before, 99), Unit: "µs", Limit: 2}.Print(t)
	testkit.Goal{Number: 9, What: "a sale's p99 while it drains, against beside that handing over",
		Ours: percentile(meanwhile, 99), Bare: beside, Unit: "µs", Limit: 2}.Print(t)
	c.clean()
}

// ontoMemory moves folders to where nothing is written to the disk.
func ontoMemory(t *testing.T, folders ...string) {
	t.Helper()
	memory, err := os.MkdirTemp("/dev/shm", "backlog")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(memory) })
	for _, folder := range folders {
		moved := filepath.Join(memory, filepath.Base(folder))
		mustRun(t, "mv", folder, moved)
		if err := os.Symlink(moved, folder); err != nil {
			t.Fatal(err)
		}
	}
}

func mustRun(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// elsewhere starts what would be on another machine.
var elsewhere = []string{"nice", "-n", "15"}

// pacedSales is a counter where somebody is always served.
type pacedSales struct {
	at   *pos
	pace time.Duration
	n    int
	took []time.Duration
}

func (p *pacedSales) one() {
	p.n++
	began := time.Now()
	status, answer, err := p.at.complete(fmt.Sprint("P", p.n), 1000, "0"+backlogNumber(p.n % backlogMembers)[3:])
	if err != nil || status != http.StatusOK {
		p.at.t.Fatalf("sale %d: status %d: %s %v", p.n, status, answer, err)
	}
	p.took = append(p.took, time.Since(began))
	time.Sleep(p.pace - time.Since(began))
}

// while serves somebody until something is done.
func (p *pacedSales) while(do func()) {
	var doing sync.WaitGroup
	var done atomic.Bool
	doing.Go(func() {
		defer done.Store(true)
		do()
	})
	for !done.Load() {
		p.one()
	}
	doing.Wait()
}

// drainSaid is what status said at an instant.
type drainSaid struct {
	at      time.Time
	unsent  int
	sending *terminal.UnderWay
}

// watchDrain asks the till how it drains until it has.
func (c *chain) watchDrain(seldom bool) (said []drainSaid) {
	for c.ctx.Err() == nil {
		pause := 20 * time.Millisecond
		if seldom {
			pause = time.Second // asking takes a process
		}
		var status terminal.Status
		if err := c.Ask(c.ctx, &status, "till", "status"); err != nil {
			c.t.Error(err)
			return said
		}
		if status.Live != nil {
			said = append(said, drainSaid{time.Now(), status.Unsent, status.Live.Sending})
			if left := status.Live.Sending; seldom && left != nil {
				pause = min(max(time.Until(left.DoneAt)/4, 100*time.Millisecond), 5*time.Second)
			}
		}
		if status.Unsent <= 5 { // what is being sold meanwhile
			return said
		}
		time.Sleep(pause)
	}
	c.t.Error("the backlog is not drained: ", c.ctx.Err())
	return said
}

// tellProgress compares what status foretold with what came.
func tellProgress(t *testing.T, said []drainSaid, done time.Time) {
	t.Helper()
	half := said[slices.IndexFunc(said, func(s drainSaid) bool { return s.unsent <= *backlog/2 })]
	if half.sending == nil {
		t.Fatalf("in the middle of it status does not say how it drains: %+v", half)
	}
	foretold, came := half.sending.DoneAt.Sub(half.at), done.Sub(half.at)
	t.Logf("with %d left status foretold %v, and it took %v; at the time %d a second",
		half.unsent, foretold.Round(time.Second), came.Round(time.Second), half.sending.PerSecond)
	if foretold < came/2 || foretold > 2*came {
		t.Errorf("status foretold %v of %v", foretold, came)
	}
}

const backlogMembers = 200

// backlogNumber is of a member: the even ones bought before, the odd ones buy now.
func backlogNumber(i int) string { return fmt.Sprintf("+90534%07d", i) }

// fillBacklog has a till enroll members and sell to half of them, without a network.
func fillBacklog(t *testing.T, config string, count int) {
	t.Helper()
	loaded, err := configs.Load([]string{config}, nil)
	if err != nil {
		t.Fatal(err)
	}
	till, err := terminal.Open(t.Context(), loaded.Config, zerolog.New(io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer till.Close()
	var buyers []ledger.AccountID
	for i := range backlogMembers {
		number, err := phone.Parse(backlogNumber(i), "TR")
		if err != nil {
			t.Fatal(err)
		}
		account := till.Till.NewAccount()
		if err := till.Till.Enroll(t.Context(), time.Now(), till.Till.NewEntry(), account, number, ""); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			buyers = append(buyers, account)
		}
	}
	var clients sync.WaitGroup
	var next atomic.Int64
	for range 64 { // share their commits
		clients.Go(func() {
			for i := next.Add(1); i <= int64(count); i = next.Add(1) {
				if err := till.Store.Append(t.Context(), backlogSale(till, buyers, int(i))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

func backlogSale(till *terminal.Terminal, buyers []ledger.AccountID, i int) ledger.Record {
	program := till.Till.Programs.At(time.Now()).Ref()
	now := time.Now()
	e := &ledger.Entry{
		V: ledger.Version, ID: till.Till.NewEntry(), Kind: ledger.Sold, At: ledger.MillisOf(now), Store: till.Identity.Store.ID,
		Day: ledger.Date(now.UTC().Format(time.DateOnly)), Operator: "-", Subject: ledger.SubjectOf(buyers[i%len(buyers)]), Proof: ledger.Claimed, Program: &program,
		Sale: &ledger.Sale{
			ID: fmt.Sprint("B", i), Receipt: fmt.Sprint(i), Currency: "TRY", Total: 1900,
			Lines: []ledger.Line{{SKU: "4006381333931", Net: 1900, Gross: 1900, Quantity: 1}},
		},
		Postings: []ledger.Posting{{Unit: "points", Amount: 19, From: ledger.Issued, To: ledger.Available, Rule: "base"}},
	}
	body, err := e.Encode()
	if err != nil {
		panic(err) // of our own making
	}
	return ledger.Record{Entry: e, Body: body, Request: ledger.HashOf([]byte(e.Sale.ID))}
}

// bareDrain starts a copy of headquarters as it was, and a till that has in memory the
// bytes that the till had, and writes nothing down. What it gives hands them over.
func (c *chain) bareDrain() (drain func() time.Duration) {
	c.t.Helper()
	if err := c.Beside("bare-hq"); err != nil {
		c.t.Fatal(err)
	}
	daemon, err := c.Start("bare-hq", "hq", elsewhere...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(daemon.Stop)
	var status headquarters.Status
	c.until("the copy of headquarters to listen", func() (bool, string) {
		err := c.Ask(c.ctx, &status, "bare-hq", "hq", "status")
		return err == nil && status.Listen != "", fmt.Sprint(err)
	})
	options := tillOptions(c.t.(*testing.T), c.Config("till"))
	options.Dir = c.Folder("bare-till")
	id, err := datadir.ReadIdentity(c.Folder("till"))
	if err != nil {
		c.t.Fatal(err)
	}
	outbox := inMemory(c, options)
	transport := hqsync.NewHTTP("https://"+status.Listen, hqsync.FingerprintOf(ledger.Fingerprint(id.PublicKey)))
	c.t.Cleanup(transport.Close)
	exchange := hqsync.NewExchange(id.Exchanging(), outbox, transport, time.Now, ledger.NewID)
	return func() time.Duration {
		began := time.Now()
		_, err := exchange.Greet(c.ctx)
		for sent := 1; err == nil && sent > 0; {
			sent, err = exchange.Push(c.ctx)
		}
		if err != nil {
			c.t.Error(err)
		}
		return time.Since(began)
	}
}

// bareOutbox has batches in memory.
type bareOutbox struct {
	*offline.Store
	head      ledger.Head
	stretches []ledger.Stretch
	token     string
}

func inMemory(c *chain, options offline.Options) *bareOutbox {
	c.t.Helper()
	store, err := offline.Open(c.ctx, options)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { store.Close() })
	out := &bareOutbox{Store: store}
	if out.head, err = store.Head(c.ctx); err != nil {
		c.t.Fatal(err)
	}
	for {
		next, err := store.Unsent(c.ctx, 500, 256<<10)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(next.Bodies) == 0 {
			return out
		}
		out.stretches = append(out.stretches, next)
		last := next.Seal.First + ledger.Seq(len(next.Bodies)) - 1
		err = store.Acknowledge(c.ctx, ledger.Ack{
			UpTo: ledger.Place{Terminal: next.Seal.Terminal, Epoch: next.Seal.Epoch, Branch: next.Seal.Branch, Seq: last},
			Head: next.Seal.Head, Incarnation: 1, At: ledger.MillisOf(time.Now()),
		})
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

func (o *bareOutbox) Head(context.Context) (ledger.Head, error) { return o.head, nil }

func (o *bareOutbox) Resume(_ context.Context, _ ledger.Head, contact ledger.Contact) error {
	o.token = contact.Token
	return nil
}

func (o *bareOutbox) Unsent(context.Context, int, int) (ledger.Stretch, error) {
	if len(o.stretches) == 0 {
		return ledger.Stretch{}, nil
	}
	next := o.stretches[0]
	next.Seal.Token = o.token
	return next, nil
}

func (o *bareOutbox) Acknowledge(_ context.Context, ack ledger.Ack) error {
	o.token, o.stretches = ack.Token, o.stretches[1:]
	return nil
}
