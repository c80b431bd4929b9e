package hq_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Who takes many rows at once is told many, up to a bound; a till of the release
// before, which does not say so, is told the same in pages of its own size.
func TestRowsAtOnce(t *testing.T) {
	w := newWorld(t)
	at := w.newTill("lane 1")
	const members = wire.PageRows + 100
	for i := range members {
		at.addMember(phoneNumber(i), "")
		if i == members/2 {
			at.push()
		}
	}
	at.push()
	w.work()
	var heard [][]ledger.Change
	for more, pages := range map[string]int{"": 2, "&rows=1": 2, "&rows=600": 1, "&rows=1000000": 1} {
		var all []ledger.Change
		var p wire.Page
		asked := 0
		for p.More = true; p.More; asked++ {
			target := fmt.Sprintf("%s?cursor=%d.%d%s", wire.FeedPath, p.Next.Incarnation, p.Next.Position, more)
			p = wire.Page{}
			if err := at.ask(http.MethodGet, target, nil, &p); err != nil {
				t.Fatal(err)
			}
			all = append(all, p.Changes...)
		}
		if asked != pages || len(all) != members || p.Next.Position != all[members-1].Position {
			t.Errorf("%q: %d rows in %d pages up to %d", more, len(all), asked, p.Next.Position)
		}
		heard = append(heard, all)
		target := fmt.Sprintf("%s?cursor=%d.%d%s", wire.FeedPath, p.Next.Incarnation, p.Next.Position, more)
		if err := at.ask(http.MethodGet, target, nil, &p); err != nil {
			t.Errorf("%q, where there is nothing more: %v", more, err)
		}
	}
	for _, all := range heard[1:] {
		if diff := cmp.Diff(heard[0], all); diff != "" {
			t.Error(diff)
		}
	}
	if err := at.ask(http.MethodGet, wire.FeedPath+"?rows=many", nil, new(wire.Page)); code(err) != wire.CodeInvalid {
		t.Errorf("rows that are no number: %v", err)
	}
}
