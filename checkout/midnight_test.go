package checkout_test

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

var newTerminal func() ledger.TerminalID = ledger.NewID

// A return of another till's sale whose answer was lost, and that is asked for again after
// midnight, is the same one: headquarters would take back twice what came back once. The
// same id with other goods is a return of the new day.
func TestReturnAskedAgainAfterMidnight(t *testing.T) {
	p := newPOS(t)
	at := time.Date(2026, 11, 22, 23, 59, 30, 0, p.Zone)
	take := func(asked string, gross ledger.Minor) checkout.TakenBack {
		t.Helper()
		taken, err := p.Return(t.Context(), at, checkout.Taking{
			Entry: p.NewEntry(), ID: "r1", Asked: []byte(asked), Wish: loyalty.Wish{Gross: gross},
			Of: ledger.SaleRef{Terminal: elsewhere, Day: "2026-11-20", ID: "s9"},
		})
		if err != nil {
			t.Fatal(err)
		}
		return taken
	}
	first := take("500 of s9", 500)
	at = at.Add(time.Minute)
	if again := take("500 of s9", 500); !again.Repeat || again.Entry.ID != first.Entry.ID {
		t.Errorf("after midnight it is another return, of %s", again.Entry.Day)
	}
	if other := take("700 of s9", 700); other.Repeat || other.Entry.Day != "2026-11-23" {
		t.Errorf("another return under its id: repeat %v, of %s", other.Repeat, other.Entry.Day)
	}
}

var elsewhere = newTerminal()
