package hq_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

var (
	terminals      = flag.Int("terminals", 1000, "terminals at one headquarters, for BenchmarkTerminals")
	terminalStores = flag.Int("stores", 20, "stores that they stand in")
	terminalFor    = flag.Duration("for", 30*time.Second, "how long they send")
)

// patience is how long a till of the benchmark tries to send a batch.
const patience = 5 * time.Minute

// sendEvery is how often a terminal sends: a sale of ten lines each time.
const sendEvery = 10 * time.Second

// BenchmarkTerminals is a thousand tills at one headquarters: each with its own
// key and connections, one of them waiting for the feed as a till's does, each
// sending every ten seconds. Tills and headquarters share the machine.
func BenchmarkTerminals(b *testing.B) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		b.Run(engine, func(b *testing.B) {
			c := newCrowd(b, engine)
			for b.Loop() {
				c.trade(engine)
			}
		})
	}
}

// crowd is a market with many lanes.
type crowd struct {
	*market
	told  sync.Mutex
	acks  []time.Duration // from sending to the ack, waits for a busy headquarters among it
	busy  int
	rows  int
	bytes int
}

func newCrowd(b *testing.B, engine string) *crowd {
	b.Helper()
	c := &crowd{market: newMarket(b, engine, saleLines)}
	stores := []ledger.StoreID{"0001"}
	for i := 2; i <= *terminalStores; i++ {
		store := wire.Store{ID: ledger.StoreID(fmt.Sprintf("%04d", i)), Name: "Another", Currency: "USD", TimeZone: "Europe/Istanbul", Region: "TR"}
		if err := c.hq.CreateStore(b.Context(), store); err != nil {
			b.Fatal(err)
		}
		stores = append(stores, store.ID)
	}
	c.tills = nil
	for i := range *terminals {
		t := c.newTillAt(stores[i%len(stores)], fmt.Sprintf("till %d", i))
		c.tills = append(c.tills, t)
	}
	c.work()
	c.catchUp()
	return c
}

// catchUp has each till hear what stands in its store's feed, as those that were
// there yesterday did.
func (c *crowd) catchUp() {
	c.Helper()
	db := c.behind()
	defer db.Close()
	for _, t := range c.tills {
		t.cursor.Incarnation = 1
		err := db.QueryRow(`SELECT position FROM store s JOIN terminal t ON t.store = s.store WHERE t.terminal = $1`,
			t.Terminal.String()).Scan(&t.cursor.Position)
		if err != nil {
			c.Fatal(err)
		}
	}
}

// trade has all of them come, one after the other as they do after an outage
// (TestSpreadAfterOutage), and then send and listen for a while.
func (c *crowd) trade(engine string) {
	c.Helper()
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.Fatal(err)
	}
	var serving, sending errgroup.Group
	var listening sync.WaitGroup
	serving.Go(func() error { return c.hq.Serve(ctx, listener, func(err error) { c.Error("work: ", err) }) })
	opened := time.Now()
	for i, t := range c.tills {
		t.via = "https://" + listener.Addr().String()
		listening.Go(func() {
			time.Sleep(time.Until(c.turn(opened, i)))
			c.listen(ctx, t)
		})
	}
	time.Sleep(sendEvery)
	spent := meterOf(c.TB.(*testing.B), c.world).of(func() {
		start := time.Now()
		for i, t := range c.tills {
			sending.Go(func() error { return c.send(t, c.turn(start, i)) })
		}
		if err := sending.Wait(); err != nil {
			c.Error("send: ", err)
		}
	})
	c.settled()
	cancel()
	listening.Wait()
	if err := serving.Wait(); err != nil {
		c.Error("serve: ", err)
	}
	c.report(engine, spent)
}

// turn is when it is one till's turn, of all within sendEvery.
func (c *crowd) turn(from time.Time, i int) time.Time {
	return from.Add(sendEvery * time.Duration(i) / time.Duration(len(c.tills)))
}

// send has a till sell and send, from a time on.
func (c *crowd) send(t *till, at time.Time) error {
	for end := at.Add(*terminalFor); at.Before(end); at = at.Add(sendEvery) {
		time.Sleep(time.Until(at))
		c.told.Lock()
		c.sell(t, 1)
		c.told.Unlock()
		began := time.Now()
		message := t.batch(t.acked, len(t.lines))
		ack, err := t.send(message)
		for err != nil && code(err) != wire.CodeFork && time.Since(began) < patience { // as a till does
			c.told.Lock()
			c.busy++
			c.told.Unlock()
			time.Sleep(2 * time.Second)
			ack, err = t.send(message)
		}
		if err != nil {
			return err
		}
		t.token, t.acked = ack.Token, int(ack.UpTo.Seq)
		c.told.Lock()
		c.acks = append(c.acks, time.Since(began))
		c.told.Unlock()
	}
	return nil
}

// listen keeps a request for the feed open until the context ends.
func (c *crowd) listen(ctx context.Context, t *till) {
	for ctx.Err() == nil {
		size, rows, err := t.hears(ctx)
		if err != nil { // out of reach, or busy
			time.Sleep(time.Second)
			continue
		}
		c.told.Lock()
		c.bytes += size
		c.rows += rows
		c.told.Unlock()
	}
}

// hears asks for the feed once. It reads of the answer no more than how many rows
// there are and where they end: a thousand tills have their own processors for the
// rest.
func (t *till) hears(ctx context.Context) (size, rows int, err error) {
	target := fmt.Sprintf("%s%s?cursor=%d.%d&wait=%s&%s=1", t.via, wire.FeedPath, t.cursor.Incarnation, t.cursor.Position, wire.MaxWait, wire.SumParam)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return 0, 0, err
	}
	r.Header.Set("Accept-Encoding", wire.Zstd)
	if _, err := wire.Authorize(r, nil, t.Terminal, t.Chain, t.key, t.now()); err != nil {
		return 0, 0, err
	}
	response, err := t.client.Do(r)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	packed, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, 0, err
	}
	message, err := wire.Unpack(response.Header.Get("Content-Encoding"), packed)
	if err != nil || response.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("status %d: %w", response.StatusCode, err)
	}
	if _, err := fmt.Sscanf(string(message[bytes.LastIndex(message, []byte(`"next"`)):]), `"next":{"incarnation":%d,"position":%d`, &t.cursor.Incarnation, &t.cursor.Position); err != nil {
		return 0, 0, fmt.Errorf("%w: %s", err, message[bytes.LastIndex(message, []byte(`"next"`)):])
	}
	return len(packed), bytes.Count(message, []byte(`"position":`)), nil
}

func (c *crowd) report(engine string, spent cost) {
	c.Helper()
	slices.Sort(c.acks)
	at := func(part int) float64 { return float64(c.acks[len(c.acks)*part/1000].Microseconds()) / 1000 }
	fmt.Printf("%s: %d terminals in %d stores, %d batches in %s: acks p50 %.1f ms, p90 %.1f ms, p99.9 %.1f ms, %d told to come again; %.0f feed rows a second heard, %.1f MB/s; processors %.0f %% here, %.0f %% at the server\n",
		engine, len(c.tills), *terminalStores, len(c.acks), spent.wall.Round(time.Second), at(500), at(900), at(999), c.busy,
		float64(c.rows)/spent.wall.Seconds(), float64(c.bytes)/spent.wall.Seconds()/1e6,
		100*spent.client.Seconds()/spent.wall.Seconds(), 100*spent.server.Seconds()/spent.wall.Seconds())
	testkit.Goal{
		Number: 6, What: fmt.Sprintf("%s: %d terminals at one headquarters, each sending every 10 s, p99 of acks", engine, len(c.tills)),
		Ours: at(990), Unit: "ms", Limit: 250,
	}.Print(c.world)
}
