package hq_test

import (
	"bytes"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Rows of the release before, in which each move stands by itself, are added up and
// decided again as today's, and returns are posted by them.
func TestRowsOfReleaseBefore(t *testing.T) {
	w := newWorld(t)
	till := w.newTill("lane 1")
	account := till.addMember(ayse, "")
	sale := till.sell(ledger.SubjectOf(account), "S1")
	till.push()
	w.work()
	changed := 0
	w.rewrite(account, func(decided []byte) []byte {
		before, err := hq.EachMove(decided)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, decided) {
			changed++
		}
		return before
	})
	if changed != 1 {
		t.Fatalf("%d rows are of another form", changed)
	}
	w.rebuild()
	w.clean()
	till.comeBack(sale, nil, loyalty.Wish{Void: true})
	till.push()
	w.work()
	w.clean()
	if b := w.balance(ayse); b.Available != 0 || b.Receivable != 0 {
		t.Errorf("after all came back there is %+v", b)
	}
}
