package sync_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// recorded is a line of a recording: a step of the story, or a request with its
// answer.
type recorded struct {
	At   ledger.Millis `json:"at_ms"`
	Step string        `json:"step,omitempty"`
	// Of the step restored and of the step told.
	Incarnation ledger.Incarnation       `json:"incarnation,omitempty"`
	Told        map[string]ledger.Points `json:"told,omitempty"` // by number

	Till          string            `json:"till,omitempty"`
	Method        string            `json:"method,omitempty"`
	Target        string            `json:"target,omitempty"`
	Authorization string            `json:"authorization,omitempty"`
	Sent          []byte            `json:"sent,omitempty"`     // the body as it was sent
	Encoding      string            `json:"encoding,omitempty"` // of that; none said is zstd, where it is packed
	Request       string            `json:"request,omitempty"`  // what it unpacks to, for who reads this
	Status        int               `json:"status,omitempty"`
	Signed        map[string]string `json:"signed,omitempty"` // the answer's headers of ours, and what it says is taken
	Answer        string            `json:"answer,omitempty"`
}

// The steps of a recording.
const (
	backedUp = "headquarters is backed up"
	restored = "headquarters is restored"
	kept     = "the till's folder is kept, without its directory"
	told     = "what the till tells in the end"
)

// path is a request's, without its query.
func (r recorded) path() string {
	path, _, _ := strings.Cut(r.Target, "?")
	return path
}

// recording is a story that is told while it is kept.
type recording struct {
	*proves
	a, b    *testkit.Enrolled
	dir     string // what becomes the archive
	lines   []recorded
	started bool
}

// between is the network as a till sees it, with all it carries kept.
type between struct {
	*recording
	till string
	next hqsync.Transport
}

// Do implements hqsync.Transport. Headquarters works between requests alone, so
// that a replay can do the same.
func (b *between) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	if !b.started { // the code is made, and nobody used it
		b.started = true
		b.must(os.CopyFS(filepath.Join(b.dir, "hq"), os.DirFS(b.Backup())))
	}
	b.must(b.Work(ctx))
	answer, err := b.next.Do(ctx, r)
	if err != nil {
		return answer, err
	}
	text, err := wire.Unpack(r.Header.Get("Content-Encoding"), r.Body)
	b.must(err)
	line := recorded{
		At: ledger.MillisOf(b.Clock.Now()), Till: b.till, Method: r.Method, Target: r.Target,
		Authorization: r.Header.Get("Authorization"), Sent: r.Body, Encoding: r.Header.Get("Content-Encoding"), Request: string(text),
		Status: answer.Status, Signed: map[string]string{}, Answer: string(answer.Body),
	}
	for name := range answer.Header {
		if strings.HasPrefix(name, "Loyaltyd-") || name == "Accept-Encoding" {
			line.Signed[name] = answer.Header.Get(name)
		}
	}
	b.lines = append(b.lines, line)
	return answer, nil
}

func (r *recording) step(line recorded) {
	line.At = ledger.MillisOf(r.Clock.Now())
	r.lines = append(r.lines, line)
}

// recordedProgram has something of everything that tills write entries of.
const recordedProgram = `
program: recorded
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: presented, redeem: presented, detached: P7D}
claim: {days: 7, limit: claims}
units: {points: {}}
limits: {gift: {uses: 1, every: calendar_year}, claims: {uses: 5, every: calendar_month}}
rules:
  - {id: base,  on: sale, each: line, give: {points: 1/10}}
  - {id: visit, on: check_in, give: {points: 5}}
rewards:
  - {id: five,  cost: {points: 500}, benefit: {discount: 500}}
  - {id: gift,  limit: gift, benefit: {discount: 400}}
  - {id: later, cost: {points: 50}, benefit: {discount: 60}, voucher: P30D}
offline: {share: 1/1, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 20000}
`

// record tells the story and writes it into a folder of testdata's form.
func record(t *testing.T, out string) {
	r := &recording{dir: t.TempDir(), proves: &proves{asks: &asks{
		world: &world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, recordedProgram)), t: t}}}}
	r.b = r.till()
	r.b.Network.Transport = &between{r, "b", r.b.Network.Transport}
	r.Between = func(next hqsync.Transport) hqsync.Transport { return &between{r, "a", next} }
	r.a = r.Enroll(r.Address)
	r.Between = nil
	r.greet(r.a)
	r.before()
	r.keep()
	r.after()
	r.write(out)
}

// before is what both tills do until the one's folder is kept: all kinds of
// entries, half of which are sent.
func (r *recording) before() {
	ctx := context.Background()
	ana, _, err := r.a.Join(ctx, r.Clock.Now(), checkout.Joining{Asked: "ana", Phone: e164, Name: "Ana", BirthMonth: 3})
	r.must(err)
	r.ana = ana.Account
	r.addCard(r.a, r.ana)
	first := r.sells(r.a, 20_000)
	r.exchange()
	r.step(recorded{Step: backedUp})
	backup := r.Backup()
	r.must(os.Rename(backup, filepath.Join(r.dir, "backup")))
	r.sells(r.a, 10_000, "five")
	r.sells(r.a, 5_000, "gift")
	r.sells(r.a, 2_000, "later")
	r.comesBack(r.a, first, 5_000)
	if err := r.b.Exchange.AskRight(ctx, r.ana, "recorded", "points", 500); !errors.As(err, new(*ledger.RightRefused)) {
		r.t.Fatalf("what the first till has is given to the other: %v", err)
	}
	r.exchange() // it is asked to give back what it has
	r.must(r.b.Exchange.AskRight(ctx, r.ana, "recorded", "points", 500))
}

// exchange lets both tills send and read all there is.
func (r *recording) exchange() {
	r.t.Helper()
	for _, e := range []*testkit.Enrolled{r.a, r.b} {
		_, err := e.Exchange.Once(context.Background())
		r.must(err)
	}
	for _, e := range []*testkit.Enrolled{r.a, r.b} {
		_, err := e.Exchange.Pull(context.Background(), 0)
		r.must(err)
	}
}

func (r *recording) sells(e *testkit.Enrolled, amount ledger.Minor, redeem ...string) *ledger.Entry {
	r.t.Helper()
	r.sales++
	completed, err := e.Complete(context.Background(), r.Clock.Now(), checkout.Basket{
		Entry: e.NewEntry(), SaleID: e.NewEntry().String(), Currency: "TRY", Redeem: testkit.Once(redeem...),
		Lines: []ledger.Line{{Net: amount, Gross: amount, Quantity: 1}},
		Who:   checkout.Who{Account: r.ana, Proof: ledger.Presented},
	})
	r.must(err)
	r.Clock.Advance(time.Minute)
	return completed.Entry
}

func (r *recording) comesBack(e *testkit.Enrolled, sale *ledger.Entry, net ledger.Minor) {
	r.t.Helper()
	_, err := e.Return(context.Background(), r.Clock.Now(), checkout.Taking{
		Entry: e.NewEntry(), ID: e.NewEntry().String(), Of: ledger.SaleRef{Day: sale.Day, ID: sale.Sale.ID},
		Wish: loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Net: net}}},
	})
	r.must(err)
}

// keep closes the first till with entries unsent and keeps its folder.
func (r *recording) keep() {
	ctx, a, now := context.Background(), r.a, r.Clock.Now()
	_, err := a.Void(ctx, now, checkout.Taking{Entry: a.NewEntry(), Of: saleOf(r.sells(a, 7_000))})
	r.must(err)
	_, err = a.Do(ctx, now, checkout.Activity{Activity: ledger.Activity{On: "check_in", Ref: "c-1"}, Who: checkout.Who{Account: r.ana, Proof: ledger.Presented}, Asked: []byte("c-1")})
	r.must(err)
	a.Govern(checkout.House{ManagerAbove: 1000})
	_, err = a.Adjust(ctx, now, checkout.Adjusting{ID: "a-1", Who: checkout.Who{Account: r.ana, Proof: ledger.Presented}, Amount: 25, Reason: "wrong price", Operator: "7", Asked: []byte("a-1")})
	r.must(err)
	r.must(r.confirm(a, r.typed(a, e164, 3_000), a, r.ana, ledger.Presented))
	anonymous := r.soldTo(a, checkout.Who{}, 4_000)
	code, _ := a.ClaimCode(anonymous)
	_, err = a.Claim(ctx, now, checkout.ReceiptClaim{Code: code, Who: checkout.Who{Account: r.ana, Proof: ledger.Presented}})
	r.must(err)
	r.soldTo(a, checkout.Who{Phone: "+905077777777", Proof: ledger.Claimed}, 2_000) // a number that nobody has
	_, _, err = a.Join(ctx, now, checkout.Joining{Asked: "ece", Phone: otherNumber, Name: "Ece", Household: &checkout.Household{Who: checkout.Who{Account: r.ana, Proof: ledger.Presented}}})
	r.must(err)
	r.must(a.Store.Close())
	r.must(os.CopyFS(filepath.Join(r.dir, "till"), os.DirFS(a.Options.Dir)))
	for _, name := range []string{"directory.db", "directory.db-wal", "directory.db-shm", "lock"} {
		if err := os.Remove(filepath.Join(r.dir, "till", name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			r.t.Fatal(err)
		}
	}
	text, err := json.MarshalIndent(a.Keep(), "", "  ")
	r.must(err)
	r.must(os.WriteFile(filepath.Join(r.dir, "till.json"), text, 0o600))
	r.step(recorded{Step: kept})
	till := testkit.Kept(a.Keep()).Open(r.t, r.copied("till"), r.Clock, r.a.Network.Transport)
	till.Exchange.Published = nil
	r.a = till
}

// copied is a copy of a folder of the archive.
func (r *recording) copied(name string) string {
	dir := r.t.TempDir()
	r.must(os.CopyFS(dir, os.DirFS(filepath.Join(r.dir, name))))
	return dir
}

func saleOf(sale *ledger.Entry) ledger.SaleRef {
	return ledger.SaleRef{Day: sale.Day, ID: sale.Sale.ID}
}

// after is what the kept folder makes of it: everything is sent, the feed read
// from the beginning, a right asked for, and headquarters put back.
func (r *recording) after() {
	ctx := context.Background()
	r.exchange()
	if err := r.a.Exchange.AskRight(ctx, r.ana, "recorded", "points", 10); err != nil && !errors.As(err, new(*ledger.RightRefused)) {
		r.t.Fatal(err)
	}
	r.exchange()
	old := r.Headquarters
	r.Headquarters = old.Restore(filepath.Join(r.dir, "backup"))
	status, err := r.Status(ctx)
	r.must(err)
	r.step(recorded{Step: restored, Incarnation: status.Incarnation})
	for e, till := range map[*testkit.Enrolled]string{r.a: "a", r.b: "b"} {
		r.Between = func(next hqsync.Transport) hqsync.Transport { return &between{r, till, next} }
		r.Move(e)
	}
	r.exchange()
	r.exchange()
	line := recorded{Step: told, Told: map[string]ledger.Points{}}
	for _, number := range []string{e164, otherNumber} {
		line.Told[number] = shown(r.t, r.a, number)
	}
	r.step(line)
}

func shown(t testing.TB, e *testkit.Enrolled, number string) ledger.Points {
	t.Helper()
	m, _, err := e.Identify(context.Background(), number)
	if err != nil {
		t.Fatal(err)
	}
	return m.Balance("points").Shown
}

// write puts the lines and the folders where they are kept.
func (r *recording) write(out string) {
	var text bytes.Buffer
	encode := json.NewEncoder(&text)
	encode.SetEscapeHTML(false)
	for _, line := range r.lines {
		r.must(encode.Encode(line))
	}
	r.must(os.MkdirAll(out, 0o755))
	r.must(os.WriteFile(filepath.Join(out, "story.ndjson"), text.Bytes(), 0o644))
	r.must(os.RemoveAll(filepath.Join(r.dir, "backup")))
	testkit.Pack(r.t, r.dir, filepath.Join(out, "folders.tar.gz"))
}
