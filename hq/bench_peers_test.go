package hq_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/internal/peers"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// peerFor is how long each number of clients posts at a time.
const peerFor = time.Second

// BenchmarkPeers is a server that takes one accrual a request, as most plugins of
// a POS do, and ours with the same sales in batches, by turns on one PostgreSQL.
func BenchmarkPeers(b *testing.B) {
	m := newMarket(b, "PostgreSQL", saleLines)
	p := newPeer(b, m)
	meter := meterOf(b, m.world)
	posted, took := map[int]int{}, map[int]*cost{1: {}, 8: {}}
	var ours cost
	for b.Loop() {
		for clients, spent := range took {
			spent.add(meter.of(func() { posted[clients] += p.post(clients) }))
		}
		m.fill()
		ours.add(meter.of(func() { m.drain(); m.project() }))
	}
	for _, clients := range []int{1, 8} {
		theirs := *took[clients]
		testkit.Goal{
			Number: 6, What: fmt.Sprintf("intake and projection on PostgreSQL, to one POST an accrual from %d clients", clients),
			Ours: rate(m.sold, ours), Bare: rate(posted[clients], theirs), Unit: "accruals/s", Limit: 15, Least: true,
		}.Print(b)
		fmt.Printf("an accrual by POST from %d clients took %s of processors, a sale of ten lines %s\n",
			clients, theirs.each(posted[clients]), ours.each(m.sold))
	}
}

// peer is the other server, with clients.
type peer struct {
	*market
	url    string
	client *http.Client
}

func newPeer(b *testing.B, m *market) *peer {
	b.Helper()
	other := &world{TB: b, database: postgrestest.Shared(b).Database(b)}
	db := other.behind()
	b.Cleanup(func() { db.Close() })
	db.SetMaxIdleConns(16)
	for _, table := range peers.Schema {
		if _, err := db.Exec(table); err != nil {
			b.Fatal(err)
		}
	}
	server := httptest.NewServer(peers.Handler(db))
	b.Cleanup(server.Close)
	return &peer{m, server.URL, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
}

// post has clients post for a while, and returns how many accruals were kept.
func (p *peer) post(clients int) int {
	p.Helper()
	kept := make([]int, clients)
	var g errgroup.Group
	for n := range clients {
		g.Go(func() error {
			for end := time.Now().Add(peerFor); time.Now().Before(end); kept[n]++ {
				if err := p.accrue(kept[n]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		p.Fatal(err)
	}
	sum := 0
	for _, n := range kept {
		sum += n
	}
	return sum
}

func (p *peer) accrue(n int) error {
	text, err := json.Marshal(peers.Accrual{
		Sale: saleID(), Account: string(p.subjects[n%len(p.subjects)]), Points: 20, At: p.now().Format(time.RFC3339),
	})
	if err != nil {
		return err
	}
	response, err := p.client.Post(p.url+"/accruals", "application/json", bytes.NewReader(text))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}
