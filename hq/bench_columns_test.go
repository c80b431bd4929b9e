package hq_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// BenchmarkColumns is what headquarters' processors have to do to take in batches of a
// hundred sales of ten lines by columns, beside those that are packed as the release
// before did, by turns: from the request to the ack, without TLS.
func BenchmarkColumns(b *testing.B) {
	m := newMarket(b, "SQLite", saleLines)
	meter := meterOf(b, m.world)
	var byColumns, packed cost
	for i := 0; b.Loop(); i++ {
		t := m.tills[1+i/2%2] // each lane sends both
		m.sell(t, 100)
		if message := t.batch(t.acked, len(t.lines)); i%2 == 0 {
			byColumns.add(m.takeIn(meter, t, wire.Columns, wire.PackColumns(message)))
		} else {
			packed.add(m.takeIn(meter, t, wire.Zstd, wire.Pack(message)))
		}
	}
	testkit.Goal{
		Number: 7, What: "a sale's intake from a batch by columns, to one packed as it was, processors",
		Ours: float64(byColumns.cpu().Microseconds()) / float64(m.sold) * 2, Bare: float64(packed.cpu().Microseconds()) / float64(m.sold) * 2,
		Unit: "µs", Limit: 1.05,
	}.Print(b)
}

// takeIn gives headquarters one batch, and measures that alone.
func (m *market) takeIn(meter meter, t *till, encoding string, body []byte) cost {
	m.Helper()
	r := httptest.NewRequest(http.MethodPost, wire.BatchPath, bytes.NewReader(body))
	r.Header.Set("Content-Encoding", encoding)
	wire.SayWanted(r.Header)
	authorize := wire.Authorize
	if encoding == wire.Columns {
		authorize = wire.AuthorizeBriefly
	}
	if _, err := authorize(r, body, t.Terminal, t.Chain, t.key, t.now()); err != nil {
		m.Fatal(err)
	}
	w, handler := httptest.NewRecorder(), m.hq.Handler()
	runtime.GC() // of what the till left
	spent := meter.of(func() { handler.ServeHTTP(w, r) })
	answer, err := wire.Unpack(w.Header().Get("Content-Encoding"), w.Body.Bytes())
	var ack ledger.Ack
	if err == nil {
		err = ledger.DecodeJSON(answer, &ack)
	}
	if err != nil || int(ack.UpTo.Seq) != len(t.lines) {
		m.Fatalf("status %d: %s: %v", w.Code, answer, err)
	}
	t.token, t.acked = ack.Token, int(ack.UpTo.Seq)
	return spent
}
