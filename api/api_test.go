package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/receipt"
)

const token = "secret-token"

// shop is a till behind its API, reached over real HTTP.
type shop struct {
	*testkit.Till
	server *httptest.Server
	face   *api.Server
	t      testing.TB
	ana    ledger.AccountID

	mu     sync.Mutex
	gauges api.Gauges
	told   int
	walked int
	// answers of the calls to their own examples, by operation.
	answers map[string]json.RawMessage
	failed  []error
}

const ana = "05321234567"

func newShop(t testing.TB) *shop {
	t.Helper()
	return newShopOf(t, testkit.Program(t, "\nrewards:", "  - {id: visit, on: check_in, give: {points: 5}}\n\nrewards:"))
}

func newShopOf(t testing.TB, program *loyalty.Program) *shop {
	t.Helper()
	s := &shop{t: t, Till: testkit.NewTill(t, program)}
	s.ana = s.NewAccount()
	_, number, _ := s.Identify(context.Background(), ana)
	if err := s.Enroll(context.Background(), s.Clock.Now(), s.NewEntry(), s.ana, number, ""); err != nil {
		t.Fatal(err)
	}
	s.Give(s.ana, 700)
	s.face = &api.Server{
		Till: s.Till.Till, Header: receipt.Header{Store: "Corner Shop", Terminal: "Lane 1"}, Columns: 42, Token: token, TokenFile: "/srv/till/api.token",
		Release: "1.0.0", Hosts: []string{"pos.example"}, Health: s.Store.Healthy, Ready: s.Store.Healthy,
		Status: func(context.Context) (any, error) { return map[string]int{"unsent": 0}, nil },
		Events: api.NewEvents(time.Now()),
		Screens: &screen.Screens{
			Till: s.Till.Till, Counter: testkit.NewCounter(t, s.Till), Journal: &testkit.Book{Till: s.Till, Stands: screen.Standing{Reached: true, Unsent: 2}},
			Header: receipt.Header{Store: "Corner Shop", Terminal: "Lane 1", Zone: s.Zone}, Columns: 42,
		},
		Devices: &bench{}, Walking: func() { s.mu.Lock(); s.walked++; s.mu.Unlock() },
		Metrics: api.NewMetrics("1.0.0", func(context.Context) (api.Gauges, error) { return s.gauges, nil }),
		Told:    func(checkout.Completed) { s.mu.Lock(); s.told++; s.mu.Unlock() },
		Failed:  func(err error) { s.mu.Lock(); s.failed = append(s.failed, err); s.mu.Unlock() },
	}
	s.server = httptest.NewServer(s.face.Handler())
	t.Cleanup(s.server.Close)
	return s
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

func (s *shop) send(r *http.Request) answer {
	s.t.Helper()
	response, err := s.server.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response, string(body)}
}

func (s *shop) request(method, path, body string) *http.Request {
	s.t.Helper()
	r, err := http.NewRequest(method, s.server.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (s *shop) complete(sale, body string) answer {
	s.t.Helper()
	return s.send(s.request(http.MethodPost, "/v1/sales/"+sale+"/complete", body))
}

func (s *shop) sales() (sales []*ledger.Entry) {
	entries, _ := s.Journal()
	for _, e := range entries {
		if e.Kind == ledger.Sold {
			sales = append(sales, e)
		}
	}
	return sales
}

// problem wants an answer that says what is wrong and what to do.
func (s *shop) problem(a answer, status int) {
	s.t.Helper()
	if a.StatusCode != status {
		s.t.Errorf("status %d, want %d: %s", a.StatusCode, status, a.body)
	}
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		s.t.Errorf("content type %q: %s", got, a.body)
	}
	var p api.Problem
	dec := json.NewDecoder(strings.NewReader(a.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil || p.Status != status || p.Title == "" || p.NextStep == "" {
		s.t.Errorf("no problem with a next step: %v: %s", err, a.body)
	}
}

// sale is a request's body: what is common, and what a test adds or replaces.
func sale(more string) string {
	body := `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"sku":"milk","extended_amount":1999}]`
	if more != "" {
		body += "," + more
	}
	return body + "}"
}

// A number that is too large is told by its place: an answer repeats nothing
// of a request, least of all 300,000 digits of it.
func TestNumberTooLarge(t *testing.T) {
	s := newShop(t)
	for _, number := range []string{"9223372036854775808", strings.Repeat("9", 300_000)} {
		a := s.complete("s1", strings.Replace(sale(""), "1999", number, 1))
		s.problem(a, a.StatusCode)
		if a.StatusCode/100 != 4 || !strings.Contains(a.body, "too large") || strings.Contains(a.body, number[:15]) || strings.Contains(a.body, "Go ") {
			t.Errorf("%d: %.300s", a.StatusCode, a.body)
		}
	}
}

// One call: the sale is on disk when it is answered, and the same call again
// has the same bytes.
func TestComplete(t *testing.T) {
	s := newShop(t)
	body := sale(`"member":{"phone":"0532 123 45 67"},"redeem":["five"],"tenders":[{"tender_type":"cash","amount":1499}]`)
	first := s.complete("S-1.a:b_c", body)
	if first.StatusCode != http.StatusOK {
		t.Fatalf("%d: %s", first.StatusCode, first.body)
	}
	var told api.Completed
	if err := json.Unmarshal([]byte(first.body), &told); err != nil {
		t.Fatal(err)
	}
	sales := s.sales()
	if len(sales) != 1 || told.EntryID != sales[0].ID || sales[0].Sale.ID != "S-1.a:b_c" {
		t.Fatalf("told %s, %d sales", told.EntryID, len(sales))
	}
	if told.Terminal != s.Till.Terminal || told.Terminal.IsZero() {
		t.Errorf("terminal %s", told.Terminal)
	}
	if told.Earned != 14 || told.Redeemed != 500 || told.Discount != 500 || told.Total != 1499 || told.Account != s.ana.String() {
		t.Errorf("told %+v", told)
	}
	if b := told.Balance; b == nil || b.Balance != 214 || b.Spendable != 200 || b.AsOf != "2026-11-22T09:00:00Z" || b.Unit != "points" {
		t.Errorf("balance %+v", told.Balance)
	}
	if line := sales[0].Sale.Lines[0]; line.Quantity != 1 || line.Net != 1999 {
		t.Errorf("line %+v: want quantity 1 and the extended amount as net", line)
	}
	if sales[0].Proof != ledger.Claimed {
		t.Errorf("proof %q, want claimed where none was sent", sales[0].Proof)
	}
	paper := strings.Join(told.ReceiptLines, "\n")
	for _, want := range []string{"Corner Shop", "milk", "19.99", "14.99", "214"} {
		if !strings.Contains(paper, want) {
			t.Errorf("the receipt has no %q:\n%s", want, paper)
		}
	}

	for _, again := range []string{body, " \n" + body, strings.Replace(body, `"sku":"milk",`, `"sku":"milk","quantity":1,`, 1)} {
		if a := s.complete("S-1.a:b_c", again); a.StatusCode != http.StatusOK || a.body != first.body {
			t.Errorf("again: %d\n%s\nwant\n%s", a.StatusCode, a.body, first.body)
		}
	}
	s.problem(s.complete("S-1.a:b_c", sale("")), http.StatusConflict)
	if len(s.sales()) != 1 || s.told != 1 {
		t.Errorf("%d sales, told %d times", len(s.sales()), s.told)
	}
}

// What a request cannot be, and how it is told.
func TestRefusedRequests(t *testing.T) {
	s := newShop(t)
	long := strings.Repeat("x", 65)
	for _, c := range []struct {
		name, sale, body string
		status           int
	}{
		{"fraction", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"extended_amount":19.99}]}`, 400},
		{"exponent", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"extended_amount":1e3}]}`, 400},
		{"key twice", "s", sale(`"currency_code":"TRY"`), 400},
		{"key in capitals", "s", sale(`"Operator_id":"7"`), 400},
		{"second value", "s", sale("") + "{}", 400},
		{"no JSON", "s", "hello", 400},
		{"cut off", "s", sale("")[:40], 400},
		{"invalid UTF-8", "s", sale("\"operator_id\":\"\xff\""), 400},
		{"nested deep", "s", sale(`"tenders":` + strings.Repeat("[", 100) + strings.Repeat("]", 100)), 400},
		{"nothing", "s", "", 400},
		{"unknown key", "s", sale(`"coupons":[]`), 422},
		{"unknown key of a line", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"extended_amount":1,"price":1}]}`, 422},
		{"text for a number", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"extended_amount":"1999"}]}`, 422},
		{"number for a text", "s", sale(`"member":{"phone":5321234567}`), 422},
		{"list for an object", "s", "[]", 422},
		{"negative", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"extended_amount":-1}]}`, 422},
		{"beyond int64", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"extended_amount":10000000000000000000}]}`, 422},
		{"sum beyond int64", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"extended_amount":9000000000000000000},{"extended_amount":9000000000000000000}]}`, 422},
		{"net above the price", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"extended_amount":1,"net_amount":2}]}`, 422},
		{"quantity 0", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"extended_amount":1,"quantity":0}]}`, 422},
		{"no lines", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[]}`, 422},
		{"lines null", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":null}`, 422},
		{"lines missing", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY"}`, 422},
		{"1001 lines", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"extended_amount":1}` + strings.Repeat(`,{"extended_amount":1}`, 1000) + `]}`, 422},
		{"no such day", "s", strings.Replace(sale(""), "2026-11-22", "2026-02-30", 1), 422},
		{"day in another form", "s", strings.Replace(sale(""), "2026-11-22", "22.11.2026", 1), 422},
		{"another currency", "s", strings.Replace(sale(""), "TRY", "EUR", 1), 422},
		{"no currency", "s", strings.Replace(sale(""), "TRY", "try", 1), 422},
		{"sale id too long", long, sale(""), 422},
		{"sale id of other letters", "a%0Ab", sale(""), 422},
		{"no number", "s", sale(`"member":{"phone":"12"}`), 422},
		{"number with letters", "s", sale(`"member":{"phone":"0532 CALL ME"}`), 422},
		{"unknown proof", "s", sale(`"member":{"phone":"05321234567","proof":"sworn"}`), 422},
		{"account no id", "s", sale(`"member":{"account":"7"}`), 422},
		{"no such account", "s", sale(`"member":{"account":"6c1f8b0e-6f1d-4c7a-9a8e-1d2c3b4a5f60"}`), 404},
		{"no such reward", "s", sale(`"member":{"phone":"05321234567"},"redeem":["car"]`), 422},
		{"reward twice", "s", sale(`"member":{"phone":"05321234567"},"redeem":["five","five"]`), 409},
		{"reward for nobody", "s", sale(`"redeem":["five"]`), 409},
		{"reward too large", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"extended_amount":499}],"member":{"phone":"05321234567"},"redeem":["five"]}`, 409},
		{"too many categories to keep", "s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[` + distinct(600, 400) + `]}`, 422},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.t = t
			a := s.complete(c.sale, c.body)
			s.problem(a, c.status)
			if strings.Contains(a.body, "5321234567") || strings.Contains(a.body, "CALL ME") {
				t.Errorf("the problem tells a number: %s", a.body)
			}
		})
	}
	if n := len(s.sales()); n != 0 {
		t.Errorf("%d sales", n)
	}
}

// distinct is so many lines, each of a category of its own with a long name.
func distinct(lines, name int) string {
	all := make([]string, lines)
	for i := range all {
		all[i] = fmt.Sprintf(`{"extended_amount":1,"categories":["%d%s"]}`, i, strings.Repeat("x", name))
	}
	return strings.Join(all, ",")
}

// Only the POS comes in: by the till's name, from no web page, with the token.
func TestGuard(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"as it should be", func(*http.Request) {}, 200},
		{"by another name of loopback", func(r *http.Request) { r.Host = "localhost:8080" }, 200},
		{"by IPv6 loopback", func(r *http.Request) { r.Host = "[::1]:8080" }, 200},
		{"by a configured name", func(r *http.Request) { r.Host = "POS.example" }, 200},
		{"with the scheme in small letters", func(r *http.Request) { r.Header.Set("Authorization", "bearer "+token) }, 200},
		{"by another name", func(r *http.Request) { r.Host = "evil.example" }, 403},
		{"by a name that looks like loopback", func(r *http.Request) { r.Host = "127.0.0.1.evil.example" }, 403},
		{"by an address of the network", func(r *http.Request) { r.Host = "192.168.1.10" }, 403},
		{"from a web page", func(r *http.Request) { r.Header.Set("Origin", "http://localhost") }, 403},
		{"from a file", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"without a token", func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		{"with an empty token", func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, 401},
		{"with another token", func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret-tokem") }, 401},
		{"with the token's beginning", func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret") }, 401},
		{"with the token another way", func(r *http.Request) { r.Header.Set("Authorization", "Basic "+token) }, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.t = t
			before := len(s.sales())
			r := s.request(http.MethodPost, "/v1/sales/"+strings.ReplaceAll(c.name, " ", "-")+"/complete", sale(""))
			c.change(r)
			a := s.send(r)
			if c.status != 200 {
				s.problem(a, c.status)
			} else if a.StatusCode != 200 {
				t.Errorf("%d: %s", a.StatusCode, a.body)
			}
			if sold := len(s.sales()) > before; sold != (c.status == 200) {
				t.Errorf("sold: %v", sold)
			}
			if strings.Contains(a.body, "secret") {
				t.Errorf("the answer tells the token: %s", a.body)
			}
		})
	}
	t.Run("a server without a token lets nobody in", func(t *testing.T) {
		s.t, s.face.Token = t, ""
		r := s.request(http.MethodPost, "/v1/sales/x/complete", sale(""))
		r.Header.Set("Authorization", "Bearer ")
		s.problem(s.send(r), 401)
	})
}

// A body is read up to its bound and no further.
func TestBodyTooLarge(t *testing.T) {
	s := newShop(t)
	s.problem(s.complete("s", sale(`"operator_id":"`+strings.Repeat("x", 1<<20)+`"`)), http.StatusRequestEntityTooLarge)
	r := s.request(http.MethodPost, "/v1/sales/s/complete", "")
	r.Body = io.NopCloser(io.LimitReader(blanks{}, 1<<20+1<<16)) // of no told length
	r.Header.Set("Content-Type", "application/json")
	s.problem(s.send(r), http.StatusRequestEntityTooLarge)
	if len(s.sales()) != 0 {
		t.Error("sold")
	}
}

type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A thousand lines are one call.
func TestThousandLines(t *testing.T) {
	s := newShop(t)
	body := `{"business_day_date":"2026-11-22","currency_code":"TRY","member":{"phone":"05321234567"},"line_items":[` +
		strings.Repeat(`{"sku":"0123456789012345678901234567890123456789","extended_amount":150,"categories":["food"]},`, 999) +
		`{"extended_amount":150}]}`
	a := s.complete("s", body)
	var told api.Completed
	if err := json.Unmarshal([]byte(a.body), &told); err != nil || told.Earned != 1500 || told.Total != 150_000 {
		t.Fatalf("%d: %s", a.StatusCode, a.body)
	}
	if again := s.complete("s", body); again.body != a.body {
		t.Errorf("again:\n%s\nwant\n%s", again.body, a.body)
	}
}

// Names that would command a printer or a terminal come out as words.
func TestControlCharacters(t *testing.T) {
	s := newShop(t)
	a := s.complete("s", `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"sku":"milk\u001bp0\u001d\u0010\u202e<b>'\"","extended_amount":1999,"categories":["=1+1\t"]}],"tenders":[{"tender_type":"cash\u001b@","amount":1999}]}`)
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%d: %s", a.StatusCode, a.body)
	}
	var told api.Completed
	if err := json.Unmarshal([]byte(a.body), &told); err != nil {
		t.Fatal(err)
	}
	for _, line := range told.ReceiptLines {
		if strings.ContainsAny(line, "\x1b\x1d\x10\t\n\r\u202e") {
			t.Errorf("line %q", line)
		}
	}
	if sold := s.sales()[0].Sale; !strings.HasPrefix(sold.Lines[0].SKU, "milk\x1b") {
		t.Errorf("the fact was changed: %q", sold.Lines[0].SKU)
	}
}

// A disk that fails is told as such: nothing is said to be sold, and the same
// request later is one sale.
func TestNotSaved(t *testing.T) {
	s := newShop(t)
	disk := &broken{Store: s.Store, err: errors.New("write +905321234567: disk I/O error")}
	s.Till.Till.Store = disk
	body := sale(`"member":{"phone":"05321234567"},"redeem":["five"]`)
	a := s.complete("s", body)
	s.problem(a, http.StatusServiceUnavailable)
	if strings.Contains(a.body, "disk") || strings.Contains(a.body, "+90") {
		t.Errorf("the POS is told what is for the diary: %s", a.body)
	}
	if s.told != 0 || len(s.failed) != 1 || !errors.Is(s.failed[0], disk.err) {
		t.Errorf("told %d, failed %v", s.told, s.failed)
	}
	disk.err = nil
	if a := s.complete("s", body); a.StatusCode != http.StatusOK || len(s.sales()) != 1 {
		t.Errorf("%d: %s, %d sales", a.StatusCode, a.body, len(s.sales()))
	}
}

// broken is a store whose disk fails before the entry is written.
type broken struct {
	checkout.Store
	err     error
	entered chan struct{} // closed when an entry is about to be written
	leave   chan struct{}
}

func (b *broken) Append(ctx context.Context, r ledger.Record) error {
	if b.entered != nil {
		close(b.entered)
		<-b.leave
		b.entered = nil
	}
	if b.err != nil {
		return b.err
	}
	return b.Store.Append(ctx, r)
}

// A POS that hangs up in the middle leaves a whole sale behind, which its next
// call is told of.
func TestHangUp(t *testing.T) {
	s := newShop(t)
	disk := &broken{Store: s.Store, entered: make(chan struct{}), leave: make(chan struct{})}
	s.Till.Till.Store = disk
	body := sale(`"member":{"phone":"05321234567"},"redeem":["five"]`)
	noticed, served := make(chan struct{}), make(chan struct{})
	handler := s.face.Handler()
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		context.AfterFunc(r.Context(), sync.OnceFunc(func() { close(noticed) }))
		handler.ServeHTTP(w, r)
		close(served)
	})
	ctx, hangUp := context.WithCancel(context.Background())
	ended := make(chan struct{})
	entered := disk.entered
	go func() {
		defer close(ended)
		response, err := s.server.Client().Do(s.request(http.MethodPost, "/v1/sales/s/complete", body).WithContext(ctx))
		if err == nil {
			response.Body.Close()
			t.Error("answered")
		}
	}()
	<-entered
	hangUp()
	<-ended
	<-noticed
	s.server.Config.Handler = handler
	close(disk.leave)
	<-served
	if len(s.sales()) != 1 {
		t.Error("the sale was dropped in the middle")
	}
	a := s.complete("s", body)
	if a.StatusCode != http.StatusOK || len(s.sales()) != 1 {
		t.Fatalf("%d: %s, %d sales", a.StatusCode, a.body, len(s.sales()))
	}
	if s.told != 1 {
		t.Errorf("told %d times", s.told)
	}
}

// Half a request is none.
func TestHalfRequest(t *testing.T) {
	s := newShop(t)
	conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	body := sale("")
	fmt.Fprintf(conn, "POST /v1/sales/s/complete HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		token, len(body)+1, body)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	got, _ := io.ReadAll(conn)
	conn.Close()
	if bytes.Contains(got, []byte("200 OK")) || len(s.sales()) != 0 {
		t.Errorf("%s, %d sales", got, len(s.sales()))
	}
}

// Anybody on this machine may ask whether sales can be taken; what is wrong is
// for the diary.
func TestHealth(t *testing.T) {
	s := newShop(t)
	r := s.request(http.MethodGet, "/healthz", "")
	r.Header.Del("Authorization")
	if a := s.send(r); a.StatusCode != 200 || !strings.Contains(a.body, `"ok"`) || !strings.Contains(a.body, "1.0.0") {
		t.Errorf("%d: %s", a.StatusCode, a.body)
	}
	sick := errors.New("disk full")
	s.face.Health = func() error { return sick }
	a := s.send(s.request(http.MethodGet, "/healthz", ""))
	s.problem(a, http.StatusServiceUnavailable)
	if strings.Contains(a.body, "disk full") || len(s.failed) != 1 {
		t.Errorf("%s, failed %v", a.body, s.failed)
	}
}

// A call that does not exist, or not by this method, is a problem with a next
// step like every other.
func TestNoSuchCall(t *testing.T) {
	s := newShop(t)
	s.problem(s.send(s.request(http.MethodGet, "/v1/nothing", "")), http.StatusNotFound)
	s.problem(s.send(s.request(http.MethodGet, "/v1/sales/S-1/complete", "")), http.StatusMethodNotAllowed)
}

// The description names every operation, and nothing in it or in the answers
// points to the internet or echoes the caller's Host.
func TestOpenAPI(t *testing.T) {
	s := newShop(t)
	r := s.request(http.MethodGet, "/openapi.json", "")
	r.Host = "pos.example"
	a := s.send(r)
	var described struct {
		OpenAPI string                    `json:"openapi"`
		Paths   map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(a.body), &described); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(described.OpenAPI, "3.1") || len(described.Paths) < 10 ||
		described.Paths["/v1/sales/{sale_id}/complete"]["post"] == nil || described.Paths["/healthz"]["get"] == nil {
		t.Errorf("openapi %s, paths %v", described.OpenAPI, described.Paths)
	}
	if !strings.Contains(a.body, "next_step") || strings.Contains(a.body, "ErrorModel") {
		t.Error("the errors described are not the ones sent")
	}
	for _, body := range []string{a.body, s.complete("s", sale("")).body} {
		for _, trace := range []string{"http://", "https://", "pos.example", "$schema"} {
			if strings.Contains(body, trace) {
				t.Errorf("%q in %.200s", trace, body)
			}
		}
	}
	r = s.request(http.MethodGet, "/openapi.json", "")
	r.Header.Del("Authorization")
	s.problem(s.send(r), http.StatusUnauthorized)
}
