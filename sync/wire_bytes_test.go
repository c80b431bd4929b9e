package sync_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

const wireBatch = 100

// Batches of 100 sales and their answers take so many bytes on the connection to
// headquarters, all headers and TLS's records with them: of one line, and of eleven,
// from 500 articles of which few are bought often. The difference is what lines
// take, the rest what the entries do.
//
// Of an entry's 43 bytes 24 are its id and its account's, of which the clock gives six
// alone; SOAK.md has a table of the rest.
func TestWireBytes(t *testing.T) {
	one, eleven := wireBytes(t, 1), wireBytes(t, 11)
	line := (eleven - one) / 10
	testkit.Goal{Number: 7, What: "wire bytes of a sale entry, 100 a batch, headers, answer and TLS counted", Ours: one - line, Unit: "B", Limit: 45}.Print(t)
	testkit.Goal{Number: 7, What: "wire bytes of each line it carries, 500 articles, Zipf", Ours: line, Unit: "B", Limit: 15}.Print(t)
	if one-line > 45 || line > 15 {
		t.Errorf("%.1f bytes an entry, %.1f a line: want 45 and 15 at most", one-line, line)
	}
}

// wireBytes is what a sale of so many lines takes.
func wireBytes(t *testing.T, lines int) float64 {
	w := newWorld(t)
	counted := newCountedProxy(t, w.Address)
	e := w.Enroll(counted.address)
	w.greet(e)
	numbers := make([]string, wireBatch) // each comes once
	for i := range numbers {
		numbers[i] = fmt.Sprintf("+90532%07d", i)
		number, err := phone.Parse(numbers[i], "TR")
		w.must(err)
		w.must(e.Till.Enroll(t.Context(), w.Clock.Now(), e.NewEntry(), e.NewAccount(), number, ""))
	}
	w.drain(e)
	draw := rand.New(rand.NewPCG(7, uint64(lines)))
	articles := newArticles(draw)
	before := counted.bytes.Load()
	for i := range wireBatch {
		w.Clock.Advance(time.Duration(20+draw.IntN(60)) * time.Second)
		basket := checkout.Basket{
			Entry: e.NewEntry(), SaleID: fmt.Sprintf("2026-%06d", 41_000+i), Currency: "TRY", Operator: fmt.Sprint("00", 1+i/50),
			Who: checkout.Who{Phone: numbers[i], Proof: ledger.Claimed},
		}
		var total ledger.Minor
		for range lines {
			line := articles.draw()
			basket.Lines, total = append(basket.Lines, line), total+line.Gross
		}
		basket.Tenders = []ledger.Tender{{Type: []string{"cash", "card"}[draw.IntN(2)], Amount: total}}
		_, err := e.Complete(t.Context(), w.Clock.Now(), basket)
		w.must(err)
	}
	w.drain(e)
	return float64(counted.bytes.Load()-before) / wireBatch
}

// articles are 500, each with its price and category.
type articles struct {
	all   []ledger.Line
	zipf  *rand.Zipf
	draws *rand.Rand
}

func newArticles(draw *rand.Rand) *articles {
	a := &articles{zipf: rand.NewZipf(draw, 1.1, 1, 499), draws: draw}
	for range 500 {
		net := ledger.Minor(199 + 50*draw.IntN(300))
		a.all = append(a.all, ledger.Line{
			SKU: fmt.Sprintf("%013d", 8_690_000_000_000+draw.Int64N(999_999_999)), Net: net * 100 / 118, Gross: net, Quantity: 1,
			Categories: []string{[]string{"food", "drinks", "household", "cosmetics"}[draw.IntN(4)]},
		})
	}
	return a
}

func (a *articles) draw() ledger.Line {
	line := a.all[a.zipf.Uint64()]
	if a.draws.IntN(8) == 0 {
		line.Quantity, line.Net, line.Gross = 2, 2*line.Net, 2*line.Gross
	}
	return line
}

// countedProxy passes bytes and counts them.
type countedProxy struct {
	address string
	bytes   atomic.Int64
}

func newCountedProxy(t *testing.T, to string) *countedProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	p := &countedProxy{address: listener.Addr().String()}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			go p.copy(near, far)
			go p.copy(far, near)
		}
	}()
	return p
}

func (p *countedProxy) copy(to, from net.Conn) {
	_, _ = io.Copy(to, io.TeeReader(from, counter{&p.bytes})) // ends with either side
	to.Close()
	from.Close()
}

type counter struct{ n *atomic.Int64 }

func (c counter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}
