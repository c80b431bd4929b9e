package offline_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// shown is what a till says that pruning must not change: what a member has, what may
// be spent, and what came back of each sale of the last 30 days.
func (tl *till) shown(ana ledger.AccountID, sold []*ledger.Entry) map[string]any {
	tl.t.Helper()
	all := map[string]any{"balance": tl.balance(ana)}
	for _, e := range sold {
		if tl.now().Time().Sub(e.At.Time()) >= 30*24*time.Hour {
			continue
		}
		sale, err := tl.SaleByReceipt(context.Background(), e.Sale.Receipt)
		tl.must("find sale", err)
		returns, err := tl.Returns(context.Background(), e.ID)
		tl.must("returns", err)
		all[e.Sale.ID] = []any{sale, returns}
	}
	return all
}

// Whatever is sold, returned, spent, counted and backed up in between, and wherever
// bodies go: balances, and returns within the window, are what they were, and the
// journal is whole.
func TestPruningChangesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		checks.Value.Set("25") // as TestRightsAddUp, which may run before or after
	}
	went := 0
	rapid.Check(t, func(rt *rapid.T) {
		tl := newTill(t)
		defer tl.Close()
		ana := tl.known(0, 100_000)
		var sold []*ledger.Entry
		var position ledger.Position = 1000
		places := []ledger.Place{tl.place()}
		onDay := func(r ledger.Record) ledger.Record {
			r.Entry.Day = ledger.Date(tl.now().Time().Format(time.DateOnly))
			return tl.encode(r.Entry)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"sell": func(rt *rapid.T) {
				r := onDay(tl.sale(ana, ledger.Points(rapid.Int64Range(1, 50).Draw(rt, "earned"))))
				tl.append(r)
				sold, places = append(sold, r.Entry), append(places, tl.place())
			},
			"spend": func(rt *rapid.T) {
				tl.addRight(ana, 10, time.Hour)
				hold, err := tl.PlaceHold(ctx, tl.wish(ana, 10))
				if err != nil {
					rt.Skip("refused")
				}
				tl.append(onDay(tl.redeem(ana, hold)))
			},
			"return": func(rt *rapid.T) {
				if len(sold) == 0 {
					rt.Skip("nothing sold")
				}
				of := rapid.SampledFrom(sold).Draw(rt, "sale")
				if sale, err := tl.SaleByReceipt(ctx, of.Sale.Receipt); err != nil || sale == nil {
					rt.Skip("not known here") // headquarters decides
				}
				tl.append(onDay(tl.backOf(rt, of)))
			},
			"busy": func(rt *rapid.T) { tl.fill(5, ledger.Date(tl.now().Time().Format(time.DateOnly))) },
			"days": func(rt *rapid.T) { tl.advance(time.Duration(rapid.IntRange(1, 40).Draw(rt, "days")) * 24 * time.Hour) },
			"count": func(rt *rapid.T) {
				position++
				tl.ackAll()
				tl.apply(tl.row(position, ana, "", ledger.Balance{Program: program, Unit: points, Available: 500}, tl.place()))
			},
			"back up": func(rt *rapid.T) {
				tl.backedUp(rapid.SampledFrom(append(places, tl.place())).Draw(rt, "up to"))
			},
			"epoch": func(rt *rapid.T) {
				if rapid.IntRange(0, 9).Draw(rt, "rare") > 0 {
					rt.Skip("rare")
				}
				head := tl.head()
				tl.append(onDay(tl.sale(ana, 1)))
				tl.must("open epoch", tl.OpenEpoch(ctx, 0, head))
			},
			"open again": func(rt *rapid.T) { tl.reopen() },
			"prune": func(rt *rapid.T) {
				before := tl.shown(ana, sold)
				went += tl.prune()
				if diff := cmp.Diff(before, tl.shown(ana, sold)); diff != "" {
					rt.Fatalf("pruning changed what is shown: %s", diff)
				}
			},
		})
		report, err := tl.Verify(ctx, nil)
		if err != nil || len(report.Findings) > 0 {
			rt.Fatalf("verify: %v, %v", report.Findings, err)
		}
	})
	if went == 0 {
		t.Error("nothing was ever pruned")
	}
}

// backOf makes the record of a return of a little of a sale.
func (tl *till) backOf(rt *rapid.T, sale *ledger.Entry) ledger.Record {
	returns, err := tl.Returns(context.Background(), sale.ID)
	tl.must("returns", err)
	var before []loyalty.Back
	for _, e := range returns {
		before = append(before, loyalty.BackOf(e))
	}
	rest, err := loyalty.RestOf(sale, before)
	tl.must("rest", err)
	back, err := rest.Take(loyalty.Wish{Gross: ledger.Minor(rapid.Int64Range(1, 300).Draw(rt, "gross"))})
	if err != nil {
		rt.Skip("nothing left of it")
	}
	tl.sales++
	return tl.encode(&ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Returned, At: tl.now(), Store: "s1", Day: day, Operator: "-",
		Subject: ledger.SaleSubject(sale.ID), Program: sale.Program, Postings: back.Postings,
		Return: &ledger.Return{
			ID: fmt.Sprintf("pos-%d", tl.sales), Receipt: fmt.Sprint(tl.sales), Currency: "TRY", Lines: back.Lines, Total: back.Total,
			Of: ledger.SaleRef{Terminal: tl.opts.Terminal, Day: sale.Day, ID: sale.Sale.ID, Entry: sale.ID},
		},
	})
}
