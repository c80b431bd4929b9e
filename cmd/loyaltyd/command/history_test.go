package command

import (
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// What headquarters changed is said so that it can be read to her.
func TestHistoryOfCorrections(t *testing.T) {
	for reason, want := range map[string]string{loyalty.CapExceeded: "more than the limit allows", loyalty.CapFreed: "room again"} {
		if got := whatHappened(inquiry.Happened{Kind: ledger.Correct, Reason: reason}); !strings.Contains(got, want) || strings.Contains(got, reason) {
			t.Errorf("%s is said as %q", reason, got)
		}
	}
	if got := verdictWords(ledger.LossFunded); !strings.Contains(got, "the program pays") {
		t.Errorf("said as %q", got)
	}
}
