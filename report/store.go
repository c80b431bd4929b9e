package report

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// StoreTotals are what headquarters had of a store's day when the till last heard of
// it: of all its tills, as far as they had sent.
type StoreTotals struct {
	Tills int `json:"tills"` // that told anything of the day
	Totals
}

// hear adds to the report what the till heard of its store's day. What does not fit
// headquarters told nobody. What cannot be read, as totals that a later release writes
// otherwise, is left out: the till's own report needs none of it.
func (d *Day) hear(ctx context.Context, source Source) error {
	text, err := source.StoreDay(ctx, d.Day)
	if err != nil || text == nil {
		return err
	}
	var told ledger.StoreDay
	if json.Unmarshal(text, &told) != nil || told.Totals == nil {
		return nil
	}
	all := StoreTotals{Tills: told.Tills}
	if json.Unmarshal(told.Totals, &all.Totals) != nil {
		return nil
	}
	if !all.severalPrograms() {
		all.nameNone()
	}
	d.AllTills = &all
	return nil
}

// OfStore says what the store's totals are of: its tills, as of the last entry that is
// among them.
func (d Day) OfStore(in loyalty.Language) string {
	return fmt.Sprintf(catalogs[in].ofStore, d.AllTills.Tills, d.clock(in, d.AllTills.AsOf))
}

// TellsMore reports whether the store's totals say anything that the till's do not:
// where it is the only one that told of the day, they are its own, of some time ago.
func (d Day) TellsMore() bool {
	return d.AllTills != nil && d.AllTills.Entries > 0 && (d.AllTills.Tills > 1 || d.Entries == 0)
}

// writeStore is what all tills of the store told.
func (d Day) writeStore(b *strings.Builder) {
	if !d.TellsMore() {
		return
	}
	fmt.Fprintf(b, "\n%s\n", d.OfStore(loyalty.English))
	rows := [][]string{}
	for _, l := range d.AllTills.lines(d.tells(loyalty.English)) {
		rows = append(rows, []string{l.label, l.number, l.money})
	}
	writeGrid(b, rows)
}
