package headquarters

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// An instant is told in the zone of who reads it, and names it.
func TestDurabilityWords(t *testing.T) {
	at := ledger.MillisOf(time.Date(2026, 11, 28, 3, 12, 1, 0, time.UTC))
	const want = "what 2 of 3 tills had sent by 2026-11-28 06:12:01 +03"
	if got := DurabilityWords(hq.Durability{At: at, Terminals: 2, Of: 3}, time.FixedZone("+03", 3*60*60)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
