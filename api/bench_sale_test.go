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

// basket is so many lines of one.
func basket(lines int) string {
	line := `{"sku":"8690123456789","extended_amount":1999,"net_amount":1666,"categories":["food"]}`
	return `"line_items":[` + line + strings.Repeat(","+line, lines-1) + `]`
}

// customers are as many as come before headquarters has counted the first: what she
// did here since then has to be read with her.
const customers = 1000

// BenchmarkComplete measures a sale from the POS's request to the end of its answer
// over loopback HTTP, against what making its entry durable took in the same call.
func BenchmarkComplete(b *testing.B) {
	for _, lines := range []int{1, 10} {
		b.Run(fmt.Sprint(lines), func(b *testing.B) { complete(b, lines) })
	}
}

func complete(b *testing.B, lines int) {
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
		body := fmt.Sprintf(`{"business_day_date":"2026-11-22","currency_code":"TRY",%s,"tenders":[{"tender_type":"cash","amount":%d}],"member":{"account":%q}}`,
			basket(lines), lines*1999, accounts[i%customers])
		whole = append(whole, s.timed(s.request(http.MethodPost, fmt.Sprintf("/v1/sales/s%d/complete", i), body)))
	}
	b.ReportMetric(0, "ns/op")
	testkit.Goal{
		Number: 11, Ours: p50(whole), Bare: p50(store.took), Unit: "µs", Limit: 1.3,
		What: fmt.Sprintf("complete over loopback HTTP, to the durable entry in it, p50, lines in the basket: %d", lines),
	}.Print(b)
}

// BenchmarkQuote measures a quote of ten lines over loopback HTTP while a POS asks for
// a hundred in a second.
func BenchmarkQuote(b *testing.B) {
	s := newShop(b)
	body := fmt.Sprintf(`{"currency_code":"TRY",%s,"member":{"account":%q},"redeem":["five"]}`, basket(10), s.ana)
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
