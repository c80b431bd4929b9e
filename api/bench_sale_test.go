package api_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// timedAppends notes how long each entry took to be durable.
type timedAppends struct {
	checkout.Store
	took []time.Duration
}

func (s *timedAppends) Append(ctx context.Context, r ledger.Record) error {
	began := time.Now()
	defer func() { s.took = append(s.took, time.Since(began)) }()
	return s.Store.Append(ctx, r)
}

// timed sends a request and returns how long its whole answer took.
func (s *shop) timed(r *http.Request) time.Duration {
	s.t.Helper()
	began := time.Now()
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	took := time.Since(began)
	response.Body.Close()
	if err != nil || response.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %v: %s", response.Status, err, body)
	}
	return took
}

// tenLines are a basket's.
var tenLines = `"line_items":[` + strings.TrimSuffix(strings.Repeat(`{"sku":"8690123456789","extended_amount":1999,"net_amount":1666,"categories":["food"]},`, 10), ",") + `]`

// customers are as many as come before headquarters has counted the first: what she
// did here since then has to be read with her.
const customers = 1000

// BenchmarkComplete measures a sale of ten lines from the POS's request to the end of
// its answer over loopback HTTP, against what making its entry durable took in the
// same call.
func BenchmarkComplete(b *testing.B) {
	s := newShop(b)
	store := &timedAppends{Store: s.Store}
	s.Till.Till.Store = store
	numbers := make([]string, customers)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("+90532987%04d", i)
	}
	accounts := s.fed(b, numbers...)
	var whole []time.Duration
	for i := 0; b.Loop(); i++ {
		body := fmt.Sprintf(`{"business_day_date":"2026-11-22","currency_code":"TRY",%s,"tenders":[{"tender_type":"cash","amount":19990}],"member":{"account":%q}}`, tenLines, accounts[i%customers])
		whole = append(whole, s.timed(s.request(http.MethodPost, fmt.Sprintf("/v1/sales/s%d/complete", i), body)))
	}
	b.ReportMetric(0, "ns/op")
	testkit.Goal{
		Number: 11, Ours: p50(whole), Bare: p50(store.took), Unit: "µs", Limit: 1.3,
		What: "complete of ten lines over loopback HTTP, to the durable entry in it, p50",
	}.Print(b)
}

// BenchmarkQuote measures a quote of ten lines over loopback HTTP while a POS asks for
// a hundred in a second.
func BenchmarkQuote(b *testing.B) {
	s := newShop(b)
	body := fmt.Sprintf(`{"currency_code":"TRY",%s,"member":{"account":%q},"redeem":["five"]}`, tenLines, s.ana)
	var whole []time.Duration
	beat := time.NewTicker(10 * time.Millisecond)
	defer beat.Stop()
	for b.Loop() {
		<-beat.C
		whole = append(whole, s.timed(s.request(http.MethodPost, "/v1/quote", body)))
	}
	b.ReportMetric(0, "ns/op")
	slices.Sort(whole)
	testkit.Goal{
		Number: 12, Ours: float64(whole[len(whole)*99/100].Microseconds()) / 1000, Unit: "ms", Limit: 5,
		What: fmt.Sprintf("quote of ten lines over loopback HTTP at 100 a second, p99 (p50 %.2f ms)", p50(whole)/1000),
	}.Print(b)
}
