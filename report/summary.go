package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Summary makes what a Source keeps of a business day (KeptDay), so that OfDay goes
// on telling of it when its entries are no longer there.
func Summary(ctx context.Context, source Source, till Till, day ledger.Date, now ledger.Millis) ([]byte, error) {
	b, err := build(ctx, source, till, day, now, nil)
	if err != nil {
		return nil, fmt.Errorf("sum up %s: %w", day, err)
	}
	b.day.SummedUp = now
	return json.Marshal(b.day)
}

// goOn begins with what was kept of the day, as if its entries had been added just
// now. A later release may have written more into it.
func (b *builder) goOn(summary []byte) error {
	var kept Day
	if err := json.Unmarshal(summary, &kept); err != nil {
		return fmt.Errorf("read what was kept of the day: %w", err)
	}
	d := &b.day
	d.Entries, d.Unreadable, d.SummedUp = kept.Entries, kept.Unreadable, kept.SummedUp
	d.FirstAt, d.LastAt, d.First, d.Last = kept.FirstAt, kept.LastAt, kept.First, kept.Last
	d.FirstReceipt, d.LastReceipt = kept.FirstReceipt, kept.LastReceipt
	err := b.all.join(kept.All)
	for _, o := range kept.Operators {
		b.operators[o.ID] = newTally()
		err = errors.Join(err, b.operators[o.ID].join(o.Sums))
	}
	return err
}
