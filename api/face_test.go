package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func (s *shop) ask(method, path, body string) answer {
	s.t.Helper()
	return s.send(s.request(method, path, body))
}

// read wants an answer of 200 and decodes it.
func read[T any](s *shop, a answer) (into T) {
	s.t.Helper()
	if a.StatusCode != http.StatusOK {
		s.t.Fatalf("%d: %s", a.StatusCode, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &into); err != nil {
		s.t.Fatal(err)
	}
	return into
}

const uuid = "6c1f8b0e-6f1d-4c7a-9a8e-1d2c3b4a5f6"

// A void takes back what the sale earned and gives back what its reward cost;
// voiding again says the same, and there is nothing left to return.
func TestVoid(t *testing.T) {
	s := newShop(t)
	read[api.Completed](s, s.complete("s1", sale(`"member":{"phone":"05321234567"},"redeem":["five"]`)))
	const body = `{"business_day_date":"2026-11-22"}`
	first := s.ask("POST", "/v1/sales/s1/void", body)
	told := read[api.TakenBack](s, first)
	if told.Total != 1499 || told.TakenBack != 14 || told.GivenBack != 500 || told.Balance == nil || told.Balance.Balance != 700 {
		t.Errorf("told %s", first.body)
	}
	if len(told.DisplayLines) != 2 || len(told.ReceiptLines) == 0 {
		t.Errorf("nothing to show or print: %s", first.body)
	}
	if again := s.ask("POST", "/v1/sales/s1/void", body); again.body != first.body {
		t.Errorf("again\n%s\nwant\n%s", again.body, first.body)
	}
	a := s.ask("POST", "/v1/sales/s1/return", `{"business_day_date":"2026-11-22","return_id":"r1","all":true}`)
	s.problem(a, http.StatusUnprocessableEntity)
	if !strings.Contains(a.body, "too-much-returned") || !strings.Contains(a.body, `"left"`) {
		t.Errorf("nothing is said of what is left: %s", a.body)
	}
}

// Returns by amount are told once each, sum up to the sale, and what is not
// this till's is not found or left to headquarters.
func TestReturn(t *testing.T) {
	s := newShop(t)
	read[api.Completed](s, s.complete("s1", sale(`"member":{"phone":"05321234567"}`)))
	half := `{"business_day_date":"2026-11-22","return_id":"r1","amount":1000}`
	first := s.ask("POST", "/v1/sales/s1/return", half)
	if told := read[api.TakenBack](s, first); told.Total != 1000 || told.TakenBack != 9 || told.ReturnID != "r1" {
		t.Errorf("told %s", first.body)
	}
	if again := s.ask("POST", "/v1/sales/s1/return", half); again.body != first.body {
		t.Errorf("again %s", again.body)
	}
	s.problem(s.ask("POST", "/v1/sales/s1/return", strings.Replace(half, "1000", "900", 1)), http.StatusConflict)
	a := s.ask("POST", "/v1/sales/s1/return", `{"business_day_date":"2026-11-22","return_id":"r2","line_items":[{"line":0,"extended_amount":1000}]}`)
	s.problem(a, http.StatusUnprocessableEntity)
	if !strings.Contains(a.body, "9.99") {
		t.Errorf("what is left is not said: %s", a.body)
	}
	rest := read[api.TakenBack](s, s.ask("POST", "/v1/sales/s1/return", `{"business_day_date":"2026-11-22","return_id":"r3","line_items":[{"line":0}]}`))
	if rest.Total != 999 || rest.TakenBack != 10 {
		t.Errorf("the rest: %+v", rest)
	}
	s.problem(s.ask("POST", "/v1/sales/s1/return", `{"business_day_date":"2026-11-22","return_id":"r4"}`), http.StatusUnprocessableEntity)
	s.problem(s.ask("POST", "/v1/sales/nobodys/void", `{"business_day_date":"2026-11-22"}`), http.StatusNotFound)
	other := read[api.TakenBack](s, s.ask("POST", "/v1/sales/s1/void", `{"business_day_date":"2026-11-22","terminal_id":"`+uuid+`0"}`))
	if other.Later == "" || other.Balance != nil || other.TakenBack != 0 {
		t.Errorf("another till's: %+v", other)
	}
}

// Of a basket too large to keep, answers name no lines: those that are kept
// are sums, and none of the POS's.
func TestLargeBasket(t *testing.T) {
	s := newShop(t)
	line := `{"sku":"` + strings.Repeat("x", 64) + `","extended_amount":150,"categories":["food","fresh"]}`
	large := strings.Replace(sale(`"member":{"phone":"05321234567"},"redeem":["five"]`), `"line_items":[`, `"line_items":[`+strings.Repeat(line+",", 999), 1)
	sold := s.complete("s1", large)
	if told := read[api.Completed](s, sold); told.Discount != 500 || told.DiscountLines != nil {
		t.Errorf("discount %d on %+v", told.Discount, told.DiscountLines)
	}
	a := s.ask("POST", "/v1/sales/s1/return", `{"business_day_date":"2026-11-22","return_id":"r1","line_items":[{"line":0}]}`)
	s.problem(a, http.StatusUnprocessableEntity)
	if !strings.Contains(a.body, "amount") {
		t.Errorf("what to do instead is not said: %s", a.body)
	}
	back := s.ask("POST", "/v1/sales/s1/return", `{"business_day_date":"2026-11-22","return_id":"r1","amount":150}`)
	if told := read[api.TakenBack](s, back); told.Lines != nil || told.Total == 0 {
		t.Errorf("%+v", told)
	}
}

// What is owed after a return is said: a void of what was spent meanwhile.
func TestOwed(t *testing.T) {
	s := newShop(t)
	read[api.Completed](s, s.complete("s1", sale(`"member":{"phone":"05321234567"}`)))
	// Headquarters' word: all she has is set aside in rights, the 19 too.
	s.Give(s.ana, 19)
	member := read[api.KnownMember](s, s.ask("GET", "/v1/members/"+s.ana.String(), ""))
	told := read[api.TakenBack](s, s.ask("POST", "/v1/sales/s1/void", `{"business_day_date":"2026-11-22"}`))
	after := read[api.KnownMember](s, s.ask("GET", "/v1/members/"+s.ana.String(), ""))
	if b := after.Balances[0]; told.Balance.Balance != b.Balance || told.Balance.Owed != b.Owed {
		t.Errorf("before %+v, told %+v, then %+v", member.Balances[0], told.Balance, b)
	}
}

// A member is found by her number and by her account; who is unknown is told
// by the same fields.
func TestLookup(t *testing.T) {
	s := newShop(t)
	known := s.ask("POST", "/v1/members/lookup", `{"phone":"0532 123 45 67"}`)
	unknown := s.ask("POST", "/v1/members/lookup", `{"phone":"0532 765 43 21"}`)
	m := read[api.KnownMember](s, known)
	if !m.Known || m.Account != s.ana.String() || m.Balances[0].Spendable != 700 || len(m.Rewards) != 1 || m.Rewards[0].Reward != "five" {
		t.Errorf("known: %s", known.body)
	}
	if read[api.KnownMember](s, unknown).Known || !slices.Equal(keysOf(t, known.body), keysOf(t, unknown.body)) {
		t.Errorf("unknown has another shape: %s", unknown.body)
	}
	if got := s.ask("GET", "/v1/members/"+m.Account, ""); got.body != known.body {
		t.Errorf("by account: %s", got.body)
	}
	for i := range 18 {
		read[api.KnownMember](s, s.ask("POST", "/v1/members/lookup", fmt.Sprintf(`{"phone":"0532 765 44 %02d"}`, i)))
	}
	a := s.ask("POST", "/v1/members/lookup", `{"phone":"0532 765 43 99"}`)
	s.problem(a, http.StatusTooManyRequests)
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	read[api.KnownMember](s, s.ask("POST", "/v1/members/lookup", `{"phone":"0532 123 45 67"}`)) // the same customer
	read[api.Completed](s, s.complete("s1", sale("")))
	read[api.KnownMember](s, s.ask("POST", "/v1/members/lookup", `{"phone":"0532 765 43 99"}`)) // a sale was made
}

func keysOf(t *testing.T, body string) []string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(fields))
}

// Enrolling again is the same member, under another number a conflict; a name
// said later is shown masked.
func TestEnrollAndName(t *testing.T) {
	s := newShop(t)
	body := `{"enroll_id":"` + uuid + `1","phone":"0532 765 43 21","name":"Ayşe  Yılmaz"}`
	first := s.ask("POST", "/v1/members", body)
	m := read[api.KnownMember](s, first)
	if !m.Enrolled || m.Name != "A*** Y***" {
		t.Errorf("enrolled: %s", first.body)
	}
	if again := s.ask("POST", "/v1/members", body); again.body != first.body {
		t.Errorf("again: %s", again.body)
	}
	other := read[api.KnownMember](s, s.ask("POST", "/v1/members", `{"enroll_id":"`+uuid+`2","phone":"05327654321"}`))
	if other.Enrolled || other.Account != m.Account {
		t.Errorf("the same number again: %+v", other)
	}
	s.problem(s.ask("POST", "/v1/members", strings.Replace(body, "43 21", "43 22", 1)), http.StatusConflict)
	named := read[api.KnownMember](s, s.ask("PUT", "/v1/members/"+m.Account+"/name", `{"name":"Zehra Ak"}`))
	if got := read[api.KnownMember](s, s.ask("GET", "/v1/members/"+m.Account, "")); named.Name != "Z*** A***" || got.Name != named.Name {
		t.Errorf("named %q, then %q", named.Name, got.Name)
	}
	for _, bad := range []string{"  ", "\\u001b@", "a\\u202eb", "123", strings.Repeat("x", 101)} {
		s.problem(s.ask("PUT", "/v1/members/"+m.Account+"/name", `{"name":"`+bad+`"}`), http.StatusUnprocessableEntity)
	}
	entries, attachments := s.Journal()
	if e := entries[len(entries)-1]; e.Kind != ledger.Profile || s.Person(attachments[len(attachments)-1]).Name != "Zehra Ak" {
		t.Errorf("last entry %+v", e)
	}
}

// A quote explains every point, offers what she can have and writes nothing.
func TestQuote(t *testing.T) {
	s := newShop(t)
	before, _ := s.Journal()
	const lines = `{"currency_code":"TRY","line_items":[{"sku":"milk","extended_amount":1999},{"sku":"tea","extended_amount":1002}]`
	q := read[api.Quote](s, s.ask("POST", "/v1/quote", lines+`,"member":{"phone":"05321234567"}}`))
	if q.Total != 3001 || len(q.Points) != 1 || q.Points[0].Given != 30 || q.Points[0].Because != "base 30.01 → 30" || len(q.Points[0].Lines) != 2 {
		t.Errorf("quote %+v", q)
	}
	if len(q.Offers) != 1 || q.Offers[0].Times != 1 || !q.Known {
		t.Errorf("offers %+v", q.Offers)
	}
	q = read[api.Quote](s, s.ask("POST", "/v1/quote", lines+`,"member":{"phone":"05321234567"},"redeem":["five"]}`))
	if q.Discount != 500 || q.NetTotal != 2501 || len(q.DiscountLines) != 2 || len(q.Offers) != 0 {
		t.Errorf("with a reward %+v", q)
	}
	if after, _ := s.Journal(); len(after) != len(before) {
		t.Errorf("%d entries, before %d", len(after), len(before))
	}
}

// A reward held before the customer pays is hers; an id stands for one hold.
func TestHold(t *testing.T) {
	s := newShop(t)
	hold := `{"hold_id":"` + uuid + `3","sale_id":"s1","member":{"phone":"05321234567"},"reward":"five"}`
	first := s.ask("POST", "/v1/holds", hold)
	if h := read[api.Held](s, first); h.Amount != 500 || h.Discount != 500 {
		t.Errorf("held %+v", h)
	}
	if again := s.ask("POST", "/v1/holds", hold); again.body != first.body {
		t.Errorf("again %s", again.body)
	}
	s.problem(s.ask("POST", "/v1/holds", strings.Replace(hold, `"s1"`, `"s2"`, 1)), http.StatusConflict)
	s.problem(s.ask("POST", "/v1/holds", strings.Replace(hold, uuid+"3", uuid+"4", 1)), http.StatusConflict) // only 200 are left
	told := read[api.Completed](s, s.complete("s1", sale(`"member":{"phone":"05321234567"},"holds":["`+uuid+`3"]`)))
	if told.Discount != 500 || told.Redeemed != 500 || len(told.DiscountLines) != 1 || len(told.DisplayLines) != 2 {
		t.Errorf("completed %+v", told)
	}
	s.Give(s.ana, 500)
	read[api.Held](s, s.ask("POST", "/v1/holds", strings.Replace(hold, uuid+"3", uuid+"5", 1)))
	for range 2 {
		if a := s.ask("DELETE", "/v1/holds/"+uuid+"5", ""); a.StatusCode != http.StatusNoContent {
			t.Errorf("%d: %s", a.StatusCode, a.body)
		}
	}
}

// Whoever watches the daemon reads its metrics from this machine without a
// token; routes are counted, never their paths.
func TestMetrics(t *testing.T) {
	s := newShop(t)
	s.gauges = api.Gauges{Ready: true, Unsent: 3, Rights: []api.RightsGauge{{Program: "starter", Unit: testkit.Points, Open: 1, Exposure: 700}}, Devices: map[string]bool{"front": true}}
	s.ask("GET", "/v1/members/"+s.ana.String(), "")
	s.ask("GET", "/v1/nothing/05321234567", "")
	r := s.request("GET", "/metrics", "")
	r.Header.Del("Authorization")
	a := s.send(r)
	for _, want := range []string{
		"loyaltyd_ready 1", "loyaltyd_unsent_entries 3", `loyaltyd_rights_exposure{program="starter",unit="points"} 700`, `loyaltyd_device_online{device="front"} 1`,
		`loyaltyd_api_requests_total{route="GET /v1/members/{account}",status="200"} 1`,
		`loyaltyd_api_requests_total{route="/",status="404"} 1`, `loyaltyd_build_info{release="1.0.0"} 1`,
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %q in\n%s", want, a.body)
		}
	}
	if strings.Contains(a.body, "5321234567") || strings.Contains(a.body, s.ana.String()) {
		t.Error("the metrics name somebody")
	}
	r = s.request("GET", "/status", "")
	r.Header.Del("Authorization")
	s.problem(s.send(r), http.StatusUnauthorized)
	s.gauges.Ready = false
	if a := s.ask("GET", "/metrics", ""); !strings.Contains(a.body, "loyaltyd_ready 0") || !strings.Contains(a.body, `{route="refused",status="401"} 1`) {
		t.Errorf("not ready, and one was refused:\n%s", a.body)
	}
}

// operation is one call of the description.
type operation struct {
	ID         string `json:"operationId"`
	Parameters []struct {
		Name   string `json:"name"`
		In     string `json:"in"`
		Schema struct {
			Examples []any `json:"examples"`
		} `json:"schema"`
	} `json:"parameters"`
	RequestBody *struct {
		Content map[string]struct {
			Example json.RawMessage `json:"example"`
		} `json:"content"`
	} `json:"requestBody"`
	Security  []any `json:"security"`
	Responses map[string]struct {
		Content map[string]struct {
			Schema  map[string]any `json:"schema"`
			Example any            `json:"example"`
		} `json:"content"`
	} `json:"responses"`
}

// Every call of the description answers its own example with what it says it
// answers, and anything else with a problem that has a next step and does not
// repeat what was sent; without the token only those that need none answer.
func TestWalk(t *testing.T) {
	s := newShop(t)
	var described struct {
		Paths map[string]map[string]operation `json:"paths"`
	}
	if err := json.Unmarshal([]byte(s.ask("GET", "/openapi.json", "").body), &described); err != nil {
		t.Fatal(err)
	}
	read[api.Completed](s, s.complete("S-1001", sale(`"member":{"phone":"05321234567"}`)))
	s.answers = map[string]json.RawMessage{}
	s.employ()
	read[api.Operator](s, s.ask("POST", "/v1/operators/sign-on", signOn("7", "4875")))
	s.face.Events.End() // else its answer would have no end
	for _, path := range slices.Sorted(maps.Keys(described.Paths)) {
		for method, op := range described.Paths[path] {
			t.Run(method+" "+path, func(t *testing.T) { s.walk(t, strings.ToUpper(method), path, op) })
		}
	}
	for _, err := range s.failed {
		t.Errorf("the diary was told %v", err)
	}
	if *update {
		s.keepAnswers(t)
	}
}

func (s *shop) walk(t *testing.T, method, path string, op operation) {
	s.t = t
	for _, p := range op.Parameters {
		if p.In == "path" {
			value := fmt.Sprint(p.Schema.Examples...)
			if p.Name == "account" {
				value = s.ana.String()
			}
			path = strings.Replace(path, "{"+p.Name+"}", value, 1)
		}
	}
	body := ""
	if op.RequestBody != nil {
		body = string(op.RequestBody.Content["application/json"].Example)
		if body == "" {
			t.Fatal("no example of a body")
		}
	}
	a := s.ask(method, path, body)
	// The shop's program wants no more proof than she gave, and has no claims.
	if refused := map[string]string{"confirm-sale": "sale-not-to-confirm", "claim-receipt": "no-claims"}[op.ID]; refused != "" {
		if s.problem(a, http.StatusConflict); !strings.Contains(a.body, refused) {
			t.Errorf("its own example: %s", a.body)
		}
	} else if _, told := op.Responses[fmt.Sprint(a.StatusCode)]; !told || a.StatusCode > 204 {
		t.Errorf("its own example: %d: %s", a.StatusCode, a.body)
	}
	s.answers[op.ID] = json.RawMessage(a.body)
	if op.ID == "choose-reward" { // what is set aside is hers again
		defer s.ask("POST", "/v1/counter/keys", `{"keys":"x"}`)
	}
	r := s.request(method, path, body)
	r.Header.Del("Authorization")
	if a := s.send(r); (a.StatusCode == http.StatusUnauthorized) != (len(op.Security) > 0) {
		t.Errorf("without a token: %d", a.StatusCode)
	}
	r = s.request(method, path, body)
	r.Header.Set("Origin", "http://evil.example")
	s.problem(s.send(r), http.StatusForbidden)
	r = s.request(method, path, body)
	r.Host = "evil.example"
	s.problem(s.send(r), http.StatusForbidden)
	if op.RequestBody == nil {
		return
	}
	const canary = "+905559998877"
	for _, bad := range []string{`{`, `{"phone":"` + canary + `","unknown":1}`, `{"member":{"phone":"` + canary + `"}}`, `[]`} {
		a := s.ask(method, path, bad)
		if a.StatusCode != 400 && a.StatusCode != 422 {
			t.Errorf("%s: %d", bad, a.StatusCode)
		}
		s.problem(a, a.StatusCode)
		if strings.Contains(a.body, "5559998877") || strings.Contains(a.body, token) {
			t.Errorf("the problem tells what was sent: %s", a.body)
		}
	}
}

// ready is another question than health: a disk may be full before a write
// fails.
func TestReady(t *testing.T) {
	s := newShop(t)
	if a := s.ask("GET", "/readyz", ""); a.StatusCode != http.StatusOK {
		t.Errorf("%d: %s", a.StatusCode, a.body)
	}
	s.face.Ready = func() error { return context.DeadlineExceeded }
	s.problem(s.ask("GET", "/readyz", ""), http.StatusServiceUnavailable)
}
