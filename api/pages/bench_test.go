package pages_test

import (
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// How long a browser waits for the first byte of Checkout, in the midst of a sale
// and with a day's sales behind it.
func BenchmarkFirstByte(b *testing.B) {
	s := newShop(b)
	s.get("/checkout").wants(b, http.StatusOK)
	s.post("/checkout/keys", "keys", ana+"=C1999=")
	for range 30 {
		s.post("/checkout/keys", "keys", ana+"=1999=")
	}
	s.post("/checkout/keys", "keys", ana+"=1999").wants(b, http.StatusOK, "earns 19 points")
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		response, err := s.client.Do(s.request(http.MethodGet, "/checkout", nil)) // returns with the head, behind which the first byte comes
		if err != nil {
			b.Fatal(err)
		}
		if _, err := response.Body.Read(make([]byte, 1)); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	testkit.Goal{Number: 13, What: "first byte of Checkout, p99", Ours: float64(p99.Microseconds()) / 1000, Unit: "ms", Limit: 20}.Print(b)
}
