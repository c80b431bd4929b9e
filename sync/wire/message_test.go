package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A page is read as any message is, and refused as any is.
func TestDecodePage(t *testing.T) {
	account := ledger.AccountID{1}
	row := ledger.Change{
		Position: 7, Kind: ledger.AccountChange, Key: account.String(),
		Account: &ledger.AccountState{Account: account, Name: "A***", AsOf: 5},
	}
	next := ledger.Cursor{Incarnation: 3, Position: 7}
	for _, p := range []wire.Page{
		{},
		{Next: next, At: 9},
		{Changes: []ledger.Change{row}, Next: next, More: true, Last: 8, At: 9},
		{Changes: []ledger.Change{row, {Position: 8, Kind: ledger.StopChange, Key: "x", Stop: &ledger.SignedStop{Body: []byte{1}}}}, Next: next},
		{Next: next, Keys: []ledger.SignedSuccession{{}}},
		{Changes: []ledger.Change{row}, Keys: []ledger.SignedSuccession{{}}},
	} {
		message, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var read wire.Page
		if err := wire.DecodePage(message, &read); err != nil || cmp.Diff(p, read) != "" {
			t.Errorf("%s: %v\n%s", message, err, cmp.Diff(p, read))
		}
	}
	const begins = `{"changes":[{"position":7,"kind":"account","key":"k"}]`
	for _, message := range []string{
		begins, begins + `}}`, begins + `,}`, begins + `, }`, begins + `,"changes":null}`, begins + `,"next":{"incarnation":1,"position":2},"other":1}`,
		begins + `,"at_ms":1,"at_ms":1}`, begins + `,"at_ms":1}{}`, begins + `,"at_ms":1.5}`, `{"changes":[]`, `{"changes":[1],"at_ms":1}`,
	} {
		if err := wire.DecodePage([]byte(message), new(wire.Page)); err == nil {
			t.Errorf("read %s", message)
		}
	}
}
