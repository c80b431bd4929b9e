package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// BenchmarkLookup measures a member's lookup over loopback HTTP, by her account
// and by her number, and turn by turn with them a GET that does nothing. The
// goal is a p50 of at most 1.6 times the null GET's.
func BenchmarkLookup(b *testing.B) {
	s := newShop(b)
	null := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	b.Cleanup(null.Close)
	timed := func(r *http.Request) time.Duration {
		began := time.Now()
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			b.Fatal(response.Status)
		}
		return time.Since(began)
	}
	path := "/v1/members/" + s.fed(b, "+905329876543")[0].String()
	var nulls, accounts, phones []time.Duration
	for b.Loop() {
		bare, _ := http.NewRequest(http.MethodGet, null.URL, nil)
		nulls = append(nulls, timed(bare))
		accounts = append(accounts, timed(s.request(http.MethodGet, path, "")))
		phones = append(phones, timed(s.request(http.MethodPost, "/v1/members/lookup", `{"phone":"05329876543"}`)))
	}
	bare := p50(nulls)
	b.ReportMetric(bare, "null_p50_us")
	b.ReportMetric(p50(accounts)/bare, "by_account_ratio")
	b.ReportMetric(p50(phones)/bare, "by_phone_ratio")
	b.ReportMetric(0, "ns/op")
	goal := testkit.Goal{Number: 3, Bare: bare, Unit: "µs", Limit: 1.6}
	goal.What, goal.Ours = "lookup by account over loopback HTTP, p50", p50(accounts)
	goal.Print(b)
	goal.What, goal.Ours = "lookup by number over loopback HTTP, p50", p50(phones)
	goal.Print(b)
}

// fed is a member as most are: headquarters spoke of her, and nothing happened
// to her here yet.
func (s *shop) fed(b *testing.B, e164 ...string) (accounts []ledger.AccountID) {
	b.Helper()
	var changes []ledger.Change
	for i, number := range e164 {
		account := s.NewAccount()
		accounts = append(accounts, account)
		changes = append(changes, ledger.Change{Position: ledger.Position(99 + i), Kind: ledger.AccountChange, Key: account.String(), Account: &ledger.AccountState{
			Account: account, AsOf: ledger.MillisOf(s.Clock.Now()), Name: "A*** Y***",
			Identifiers: []ledger.KeyedHash{ledger.KeyedHash(s.Options.LookupKey.Hash(ledger.PhoneIdentifier, number))},
			Balances:    []ledger.Balance{{Program: s.Options.Program, Unit: testkit.Points, Available: 700}},
		}})
	}
	if err := s.Store.Apply(b.Context(), changes, ledger.Cursor{Incarnation: 1, Position: changes[len(changes)-1].Position}); err != nil {
		b.Fatal(err)
	}
	return accounts
}

func p50(of []time.Duration) (us float64) {
	sorted := slices.Sorted(slices.Values(of))
	return float64(sorted[len(sorted)/2].Nanoseconds()) / 1e3
}

// Beyond their number, a new connection takes the place of an idle one; where
// all are at work it is closed.
func TestConnections(t *testing.T) {
	release := make(chan struct{})
	began := make(chan struct{}, 200)
	server := httptest.NewUnstartedServer(nil)
	server.Config = api.Limited(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/slow") {
			began <- struct{}{}
			<-release
		}
	}))
	server.Start()
	t.Cleanup(server.Close)
	ask := func(path string) error {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: false}}
		response, err := client.Get(server.URL + path)
		if err == nil {
			response.Body.Close() // its connection stays, idle
		}
		return err
	}
	for i := range 300 {
		if err := ask("/"); err != nil {
			t.Fatalf("with %d idle connections: %v", i, err)
		}
	}
	ended := make(chan error, 128)
	for range 128 {
		go func() { ended <- ask("/slow") }()
	}
	for range 128 {
		<-began
	}
	if err := ask("/"); err == nil {
		t.Error("one more than there may be was served")
	}
	close(release)
	for range 128 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
