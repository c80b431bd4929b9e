package offline_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A sale is found under its id whether that is known in memory or not: of more days
// than are read at start, before and after one, and nothing is found under another.
func TestIDs(t *testing.T) {
	tl := newTill(t)
	days := []ledger.Date{"2026-11-20", "2026-11-21", "2026-11-22"}
	var selling sync.WaitGroup
	for client := range 30 {
		var records []ledger.Record
		for i := range 180 {
			r := tl.sale(newAccountID(), 1)
			r.Entry.Sale.ID, r.Entry.Day = fmt.Sprint(client, "-", i), days[client%len(days)]
			records = append(records, tl.encode(r.Entry))
		}
		selling.Go(func() {
			for _, r := range records {
				if err := tl.Append(context.Background(), r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	selling.Wait()
	look := func(when string) {
		for client := range 30 {
			for i := 0; i < 180; i += 59 {
				id := fmt.Sprint(client, "-", i)
				for n, day := range days {
					stood, err := tl.Sale(context.Background(), day, id)
					if err != nil || (stood != nil) != (n == client%len(days)) {
						t.Fatalf("%s: sale %s of %s: %v %v", when, id, day, stood, err)
					}
				}
			}
		}
	}
	look("before")
	tl.reopen()
	look("after a start")
	tl.append(tl.sale(newAccountID(), 1))
	look("after another")
}
