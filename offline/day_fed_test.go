package offline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
	"github.com/loyaltyd/loyaltyd/report"
)

// storeDay is a row of the feed; what it says is a number here.
func storeDay(position ledger.Position, day ledger.Date, says int) ledger.Change {
	totals := json.RawMessage(fmt.Sprintf(`{"sales":%d}`, says))
	return ledger.Change{
		Position: position, Kind: ledger.StoreDayChange, Key: string(day),
		StoreDay: &ledger.StoreDay{Day: day, Tills: 2, Totals: totals},
	}
}

// storeDays wants what a till knows of its store's days, and up to where it heard.
func (tl *till) storeDays(when string, heard ledger.Cursor, want map[ledger.Date]int) {
	tl.t.Helper()
	if at, err := tl.DayCursor(context.Background()); err != nil || at != heard {
		tl.t.Errorf("%s: heard up to %+v, %v", when, at, err)
	}
	for day, says := range want {
		text, err := tl.StoreDay(context.Background(), day)
		tl.must("read day", err)
		told := ""
		if says > 0 {
			all, err := json.Marshal(storeDay(0, day, says).StoreDay)
			tl.must("encode", err)
			told = string(all)
		}
		if diff := cmp.Diff(told, string(text)); diff != "" {
			tl.t.Errorf("%s: %s: %s", when, day, diff)
		}
	}
}

// A till keeps what it hears of its store's days, the last of them, whichever row comes
// again; of headquarters of the release before, which tells none, it hears them all
// once that is of this one; and what another incarnation does not tell of is gone.
func TestStoreDays(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := newAccountID()
	balance := ledger.Balance{Program: program, Unit: points, Available: 1}
	tl.apply(tl.row(7, ana, "", balance, ledger.Place{})) // of the release before
	tl.storeDays("nothing heard", ledger.Cursor{Incarnation: 1}, map[ledger.Date]int{"2026-11-22": 0})
	tl.apply(storeDay(3, "2026-11-21", 5), storeDay(4, "2026-11-22", 6), tl.row(8, ana, "", balance, ledger.Place{}))
	at := func(p ledger.Position) ledger.Cursor { return ledger.Cursor{Incarnation: 1, Position: p} }
	tl.storeDays("behind the feed", at(4), map[ledger.Date]int{"2026-11-21": 5, "2026-11-22": 6, "2026-11-23": 0})
	tl.apply(storeDay(9, "2026-11-22", 7))
	tl.apply(storeDay(4, "2026-11-22", 6)) // once more
	tl.reopen()
	tl.storeDays("replaced", at(9), map[ledger.Date]int{"2026-11-21": 5, "2026-11-22": 7})
	for i := range 50 {
		tl.apply(storeDay(ledger.Position(10+i), ledger.Date(fmt.Sprintf("2027-%02d-%02d", 1+i/25, 1+i%25)), 1+i))
	}
	tl.storeDays("days went by", at(59), map[ledger.Date]int{"2026-11-22": 0, "2027-01-10": 0, "2027-01-11": 11, "2027-02-25": 50})
	tl.must("apply", tl.Apply(ctx, []ledger.Change{storeDay(2, "2027-02-25", 9)}, ledger.Cursor{Incarnation: 2, Position: 2}))
	tl.storeDays("another incarnation", ledger.Cursor{Incarnation: 2, Position: 2}, map[ledger.Date]int{"2027-02-24": 0, "2027-02-25": 9})
	tl.clean()
}

// A till's report is of its journal: of a directory that is gone, or breaks under the
// running store, it hears nothing, and is made all the same.
func TestReportWithoutDirectory(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*till) report.Source{
		"gone": func(tl *till) report.Source {
			tl.must("close", tl.Close())
			tl.must("remove", os.Remove(tl.path("directory.db")))
			view, err := offline.OpenReadOnly(t.Context(), tl.opts)
			tl.must("open", err)
			t.Cleanup(func() { view.Close() })
			return view
		},
		"broken": func(tl *till) report.Source {
			tl.reopen()
			info, err := os.Stat(tl.path("directory.db"))
			tl.must("stat", err)
			file, err := os.OpenFile(tl.path("directory.db"), os.O_WRONLY, 0)
			tl.must("open", err)
			_, err = file.WriteAt(make([]byte, info.Size()), 0)
			tl.must("spoil", errors.Join(err, file.Close()))
			return tl
		},
	} {
		t.Run(name, func(t *testing.T) {
			tl := newTill(t)
			tl.append(tl.sale(newAccountID(), 10))
			_, day, err := tl.DayRange(t.Context())
			tl.must("read days", err)
			tl.apply(storeDay(1, day, 5))
			d, err := report.OfDay(t.Context(), spoil(tl), report.Till{Zone: time.UTC}, day, 1, nil)
			if err != nil || d.All.Sales != 1 || d.AllTills != nil {
				t.Errorf("%d sales, of the store %+v, %v", d.All.Sales, d.AllTills, err)
			}
		})
	}
}

// A directory that is built at once has the store's days too.
func TestStoreDaysBuiltAtOnce(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	var page []ledger.Change
	for i := range 300 {
		page = append(page, tl.row(ledger.Position(i+1), newAccountID(), "", ledger.Balance{Program: program, Unit: points, Available: 1}, ledger.Place{}))
	}
	page = append(page, storeDay(301, "2026-11-22", 6))
	next := ledger.Cursor{Incarnation: 3, Position: 301}
	tl.must("apply", tl.Apply(context.Background(), page, next))
	if at, err := tl.DayCursor(context.Background()); err != nil || at != next {
		t.Errorf("while it is built: %+v, %v", at, err)
	}
	tl.must("apply", tl.Apply(context.Background(), nil, next))
	tl.storeDays("built", next, map[ledger.Date]int{"2026-11-22": 6, "2026-11-21": 0})
}
