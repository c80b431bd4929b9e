package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// step is a call of a POS that does it wrong, and the answer: a problem's type, or
// "" where it is taken.
type step struct {
	method, path, body string
	status             int
	typ                string
}

// What a POS can do wrong, each with every answer; sales is how many stand after it.
func TestBadInput(t *testing.T) {
	milk, tea := sale(`"member":{"phone":"05321234567"}`), strings.Replace(sale(""), "1999", "1000", 1)
	complete := func(body string, status int, typ string) step {
		return step{"POST", "/v1/sales/s/complete", body, status, typ}
	}
	back := func(id, more string, status int, typ string) step {
		return step{"POST", "/v1/sales/s/return", `{` + today + `,"return_id":"` + id + `",` + more + `}`, status, typ}
	}
	void := func(status int, typ string) step {
		return step{"POST", "/v1/sales/s/void", `{` + today + `}`, status, typ}
	}
	enroll := func(name string, status int, typ string) step {
		return step{"POST", "/v1/members", `{"enroll_id":"` + uuid + `1","phone":"05327654321","name":"` + name + `"}`, status, typ}
	}
	hold := `{"hold_id":"` + uuid + `3","sale_id":"s","member":{"phone":"05321234567"},"reward":"five"}`
	for name, c := range map[string]struct {
		sales int
		steps []step
	}{
		"half a request": {1, []step{
			complete(milk[:len(milk)/2], 400, "bad-request"), complete(milk, 200, ""),
		}},
		"half of it, whole JSON": {0, []step{
			complete(`{`+today+`}`, 422, "bad-request"), complete(`{}`, 422, "bad-request"),
		}},
		"twice": {1, []step{complete(milk, 200, ""), complete(milk, 200, ""), complete("\n"+milk+" ", 200, "")}},
		"another basket under the same id": {1, []step{
			complete(milk, 200, ""), complete(tea, 409, "sale-conflict"), complete(milk, 200, ""),
		}},
		"the same id on another day": {2, []step{
			complete(milk, 200, ""), complete(strings.Replace(milk, "11-22", "11-23", 1), 200, ""),
		}},
		"a return before its sale": {1, []step{
			back("r1", `"all":true`, 404, "no-such-sale"), void(404, "no-such-sale"), complete(milk, 200, ""), back("r1", `"all":true`, 200, ""),
		}},
		"a sale after its void": {1, []step{
			complete(milk, 200, ""), void(200, ""), complete(milk, 200, ""), void(200, ""), back("r1", `"amount":1`, 422, "too-much-returned"),
		}},
		"a return twice, and another one under its id": {1, []step{
			complete(milk, 200, ""), back("r1", `"amount":100`, 200, ""), back("r1", `"amount":100`, 200, ""),
			back("r1", `"amount":101`, 409, "sale-conflict"), back("s", `"amount":100,"return_business_day_date":"2026-11-22"`, 409, "sale-conflict"),
		}},
		"a return that says nothing, or too much": {1, []step{
			complete(milk, 200, ""), back("r1", `"amount":0`, 422, "bad-basket"), back("r1", `"all":true,"amount":5`, 422, "bad-basket"),
			back("r1", `"amount":2000`, 422, "too-much-returned"), back("r1", `"line_items":[{"line":1}]`, 422, "bad-basket"),
		}},
		"a hold after its sale": {1, []step{
			complete(sale(`"member":{"phone":"05321234567"},"holds":["`+uuid+`3"]`), 409, "reward-not-now"),
			{"DELETE", "/v1/holds/" + uuid + "3", "", 204, ""}, {"POST", "/v1/holds", hold, 200, ""},
			complete(sale(`"holds":["`+uuid+`3"]`), 409, "reward-not-now"), // of nobody
			complete(sale(`"member":{"phone":"05321234567"},"holds":["`+uuid+`3"]`), 200, ""),
			{"DELETE", "/v1/holds/" + uuid + "3", "", 204, ""}, {"POST", "/v1/holds", hold, 409, "reward-not-now"},
		}},
		"open, identify and complete in the wrong order": {1, []step{
			complete(milk, 200, ""), {"POST", "/v1/sales/s/open", `{` + today + `}`, 200, ""},
			{"POST", "/v1/sales/s/identify", `{` + today + `,"phone":"05321234567"}`, 200, ""}, complete(milk, 200, ""),
		}},
		"floats for money": {0, []step{
			complete(strings.Replace(milk, "1999", "19.99", 1), 400, "bad-request"), complete(strings.Replace(milk, "1999", "1.999e3", 1), 400, "bad-request"),
			complete(strings.Replace(milk, "1999", "1999.0", 1), 400, "bad-request"), complete(strings.Replace(milk, "1999", `"1999"`, 1), 422, "bad-request"),
			complete(strings.Replace(milk, "1999", "NaN", 1), 400, "bad-request"), complete(sale(`"tenders":[{"tender_type":"cash","amount":0.1}]`), 400, "bad-request"),
			complete(strings.Replace(milk, "1999", "-1999", 1), 422, "bad-request"), complete(strings.Replace(milk, "1999", "99999999999999999999", 1), 422, "bad-request"),
			{"POST", "/v1/members/adjust", `{"adjust_id":"` + uuid + `4","member":{"phone":"05321234567"},"amount":0.5,"reason":"x"}`, 400, "bad-request"},
		}},
		"names with control bytes": {0, []step{
			enroll(`\u0007`, 422, "bad-name"), enroll(`Ali\u001b@`, 422, "bad-name"), enroll(`Ali\u0000`, 422, "bad-name"), enroll(`Ali\u202e`, 422, "bad-name"),
			enroll("Ali\xff", 400, "bad-request"), enroll("Ali\n", 400, "bad-request"),
		}},
		"names that are HTML": {0, []step{
			enroll(`<script>alert(1)</script>`, 422, "bad-name"), enroll(`Ali <b>`, 422, "bad-name"),
		}},
		"names that are formulas": {0, []step{
			enroll(`=1+1`, 422, "bad-name"), enroll(`+Ali`, 422, "bad-name"), enroll(`-Ali`, 422, "bad-name"), enroll(`@SUM(A1)`, 422, "bad-name"),
		}},
		"names of people": {0, []step{
			enroll(`’t Hooft & Öz-D'Arc Jr.`, 200, ""), {"POST", "/v1/members", `{"enroll_id":"` + uuid + `2","phone":"05327654322","name":"李小龍"}`, 200, ""},
		}},
		"ids that would be paths or commands": {0, []step{
			{"POST", "/v1/sales/..%2f..%2fetc/complete", milk, 422, "bad-request"}, {"POST", "/v1/sales/%3Cscript%3E/complete", milk, 422, "bad-request"},
			{"POST", "/v1/sales/%1b%40/complete", milk, 422, "bad-request"}, {"POST", "/v1/sales/=1+1/complete", milk, 422, "bad-request"},
			{"GET", "/v1/sales/s/complete", "", 405, "wrong-method"}, {"POST", "/v1/sales//complete", milk, 404, "no-such-call"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			for i, step := range c.steps {
				a := s.ask(step.method, step.path, step.body)
				if step.typ == "" && a.StatusCode == step.status {
					continue
				}
				t.Logf("step %d", i)
				s.wants(a, step.status, step.typ)
			}
			if got := len(s.sales()); got != c.sales {
				t.Errorf("%d sales stand, want %d", got, c.sales)
			}
			if len(s.failed) > 0 {
				t.Errorf("the diary was told %v", s.failed)
			}
		})
	}
}

// A request whose body breaks off is not read, and nothing is said of the till's disk.
func TestBodyBreaksOff(t *testing.T) {
	s := newShop(t)
	body := sale("")
	for name, sent := range map[string]string{
		"its length": fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body)+1, body),
		"its chunks": fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(body), body),
		"no chunks":  "Transfer-Encoding: chunked\r\n\r\nmilk\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, "POST /v1/sales/s/complete HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "+token+"\r\nContent-Type: application/json\r\n"+sent); err != nil {
				t.Fatal(err)
			}
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			told, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			s.wants(answer{response, string(told)}, http.StatusBadRequest, "bad-request")
		})
	}
	if got := len(s.sales()); got != 0 || len(s.failed) > 0 {
		t.Errorf("%d sales stand, the diary was told %v", got, s.failed)
	}
}

// What a POS calls an article or a tender is kept as it is, and commands nothing where
// it comes out.
func TestWordsOfAPOS(t *testing.T) {
	s := newShop(t)
	for i, word := range []string{`<img src=x onerror=alert(1)>`, `=cmd|' /C calc'!A0`, `\u001b@\u001dV\u0000`, `{{.Token}}`, `%s%n`, `'; DROP TABLE entry;--`} {
		body := strings.Replace(sale(`"tenders":[{"tender_type":"`+word[:min(len(word), 32)]+`","amount":1999}]`), `"milk"`, `"`+word+`"`, 1)
		told := read[api.Completed](s, s.complete(fmt.Sprint("s", i), body))
		for _, line := range append(told.ReceiptLines, told.DisplayLines...) {
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("%s: %q", word, line)
			}
		}
	}
	if entries := s.sales(); entries[0].Sale.Lines[0].SKU != "<img src=x onerror=alert(1)>" || entries[0].Kind != ledger.Sold {
		t.Errorf("the fact was changed: %q", entries[0].Sale.Lines[0].SKU)
	}
}

// Whoever walks through the phone book is answered a few and told to wait, whatever
// call is tried and whoever is said to ask; the metric counts, and names nobody.
func TestPhoneBook(t *testing.T) {
	s := newShop(t)
	answered, refused := 0, 0
	for i := range 1000 {
		number, operator := fmt.Sprintf("0532 76%d %02d %02d", i/1000, i/100%10*7%100, i%100), fmt.Sprint(i/15)
		path, body := "/v1/members/lookup", fmt.Sprintf(`{"phone":%q,"operator_id":%q}`, number, operator)
		switch i % 3 {
		case 1:
			path, body = "/v1/quote", fmt.Sprintf(`{"currency_code":"TRY","operator_id":%q,"line_items":[{"extended_amount":1}],"member":{"phone":%q}}`, operator, "0533"+number[4:])
		case 2:
			path, body = "/v1/sales/s/identify", fmt.Sprintf(`{%s,"operator_id":%q,"phone":%q}`, today, operator, "0535"+number[4:])
		}
		a := s.ask("POST", path, body)
		switch a.StatusCode {
		case http.StatusOK:
			answered++
		case http.StatusTooManyRequests:
			s.wants(a, http.StatusTooManyRequests, "too-many-lookups")
			if a.Header.Get("Retry-After") == "" {
				t.Fatal("not said how long to wait")
			}
			refused++
		default:
			t.Fatalf("%d: %s", a.StatusCode, a.body)
		}
	}
	if answered < 100 || refused < 500 || s.walked != refused {
		t.Errorf("%d answered, %d refused, told of %d", answered, refused, s.walked)
	}
	a := s.ask("GET", "/metrics", "")
	if !strings.Contains(a.body, fmt.Sprintf("loyaltyd_lookups_refused_total %d\n", refused)) || strings.Contains(a.body, "532") {
		t.Errorf("the metrics tell no %d, or a number", refused)
	}
	read[api.Completed](s, s.complete("s1", sale(`"member":{"phone":"05321234567"}`))) // a sale is taken all the same
}

// A call with a method that it has not is told which it has.
func TestWrongMethod(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct{ method, path, allow string }{
		{"GET", "/v1/sales/s/complete", "POST"}, {"DELETE", "/v1/quote", "POST"}, {"PATCH", "/v1/display", "PUT, DELETE"},
		{"POST", "/v1/devices", "GET, HEAD"}, {"POST", "/healthz", "GET, HEAD"}, {"DELETE", "/v1/members", "POST"}, {"PUT", "/docs", "GET, HEAD"},
		{"GET", "/v1/members/lookup", "POST"}, {"DELETE", "/v1/members/lookup", "POST"}, {"GET", "/v1/members/adjust", "POST"},
	} {
		a := s.ask(c.method, c.path, "")
		s.wants(a, http.StatusMethodNotAllowed, "wrong-method")
		if got := a.Header.Get("Allow"); got != c.allow {
			t.Errorf("%s %s: allowed are %q", c.method, c.path, got)
		}
	}
	s.wants(s.ask("GET", "/assets/nope.css", ""), http.StatusNotFound, "no-such-call")
	if a := s.ask("GET", "/v1/nothing", ""); a.Header.Get("Allow") != "" {
		t.Errorf("of no call %q", a.Header.Get("Allow"))
	}
}
