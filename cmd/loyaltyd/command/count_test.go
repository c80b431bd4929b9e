package command

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// One is one, and none and several are many.
func TestCountOf(t *testing.T) {
	for got, want := range map[string]string{
		countOf(1, "row"):                  "1 row",
		countOf(0, "row"):                  "0 rows",
		countOf(int64(2), "change"):        "2 changes",
		countOf(ledger.Seq(1), "entry"):    "1 entry",
		countOf(ledger.Seq(1200), "entry"): "1200 entries",
		countOf(uint64(2), "new member"):   "2 new members",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
