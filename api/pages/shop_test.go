package pages_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/api/pages"
	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/report"
)

// shop is a till with its counter and its pages behind the API, and a browser
// that keeps cookies.
type shop struct {
	*testkit.Till
	t       testing.TB
	server  *httptest.Server
	client  *http.Client
	pages   *pages.Pages
	counter *testkit.Counter
	refused error // of the next sync
	notes   []string
}

func newShop(t testing.TB) *shop {
	t.Helper()
	s := &shop{t: t, Till: testkit.NewTill(t, testkit.Program(t))}
	s.counter = testkit.NewCounter(t, s.Till)
	s.pages = &pages.Pages{
		Screens: &screen.Screens{
			Till: s.Till.Till, Counter: s.counter, Columns: 42,
			Journal: &testkit.Book{Till: s.Till, Stands: screen.Standing{
				Reached: true, Tried: true, Unsent: 2, Devices: []screen.Device{{Name: "front", Kind: "printer", Since: time.Now(), Why: "gone"}},
			}},
			Header: receipt.Header{Store: "Corner Shop", Terminal: "Lane 1", Zone: s.Zone},
		},
		Office: s,
		Failed: func(err error) { t.Errorf("the diary was told %v", err) },
		Noted:  func(what, by, of string) { s.notes = append(s.notes, what+" by "+by+" of "+of) },
	}
	face := &api.Server{
		Till: s.Till.Till, Token: "secret-token", Release: "1.0.0", Events: api.NewEvents(time.Now()), Pages: s.pages,
		Metrics: api.NewMetrics("1.0.0", func(context.Context) (api.Gauges, error) { return api.Gauges{}, nil }),
	}
	s.pages.Open()
	s.server = httptest.NewServer(face.Handler())
	t.Cleanup(s.server.Close)
	t.Cleanup(face.Events.End)
	s.client = s.browser()
	return s
}

// browser is another browser, that follows no redirect.
func (s *shop) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

func (s *shop) send(r *http.Request) answer {
	s.t.Helper()
	response, err := s.client.Do(r)
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

func (s *shop) request(method, path string, form url.Values) *http.Request {
	s.t.Helper()
	r, err := http.NewRequest(method, s.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r
}

func (s *shop) get(path string) answer { return s.send(s.request(http.MethodGet, path, nil)) }

func (s *shop) post(path string, fields ...string) answer {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return s.send(s.request(http.MethodPost, path, form))
}

// wants fails unless an answer has this status and all of these words.
func (a answer) wants(t testing.TB, status int, words ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("status %d, want %d: %s", a.StatusCode, status, a.body)
	}
	for _, word := range words {
		if !strings.Contains(html.UnescapeString(a.body), word) {
			t.Errorf("no %q in\n%s", word, a.body)
		}
	}
}

func (s *shop) Day(ctx context.Context, day string) (report.Day, error) {
	today := day == "today" // by the till's clock, which the pages do not have here
	if today {
		day = string(ledger.DateAt(ledger.MillisOf(s.Clock.Now()), s.Zone))
	}
	till := report.Till{StoreID: s.StoreID, Terminal: s.Terminal, Zone: s.Zone, Amounts: s.Programs.At(s.Clock.Now()).Amounts()}
	first, _, err := s.Store.DayRange(ctx)
	if err == nil && !today {
		err = report.CheckDay(ledger.Date(day), s.Today(time.Now()), first) // as the pages ask
	}
	if err != nil {
		return report.Day{}, err
	}
	return report.OfDay(ctx, s.Store, till, ledger.Date(day), ledger.MillisOf(s.Clock.Now()), nil)
}

func (s *shop) Sync(context.Context) error { return s.refused }
