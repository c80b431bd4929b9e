package offline

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Adjustment returns what stands for an adjust id, or nil if nothing does.
func (v *View) Adjustment(ctx context.Context, id string) (*ledger.SaleExists, error) {
	return v.Sale(ctx, everyDay, (&ledger.Adjustment{ID: id}).Key())
}

// FindHashed returns the member whom an identifier names by its keyed hash, or
// an error that is loyalty.ErrUnknownMember.
func (v *View) FindHashed(ctx context.Context, hash ledger.KeyedHash) (loyalty.Member, error) {
	m, err := v.find(ctx, hash)
	if err != nil {
		return loyalty.Member{}, fmt.Errorf("find member: %w", err)
	}
	return m, nil
}

// soldPage is how many journal rows are read at once, from the end.
const soldPage = 1000

// SoldSince returns this terminal's sales to members from a time on, the latest
// first. It reads no more of the journal than that.
func (v *View) SoldSince(ctx context.Context, since ledger.Millis) (sold []ledger.SoldTo, err error) {
	for before := int64(1) << 62; ; {
		rows, early := 0, false
		err := v.journal.Lookup(ctx, func(row *sqlitedb.Values) error {
			rows++
			before = row.Int64(0)
			s := ledger.SoldTo{At: ledger.Millis(row.Int64(1)), Operator: row.Text(4)}
			if early = s.At < since; early || row.Text(2) != string(ledger.Sold) {
				return nil
			}
			var named bool
			if s.Account, named = ledger.Subject(row.Text(3)).Account(); named {
				sold = append(sold, s)
			}
			return nil
		}, `
			SELECT n, at_ms, kind, subject, CASE kind WHEN 'sale' THEN coalesce(json_extract(body, '$.operator_id'), '-') ELSE '' END
			FROM journal
			WHERE n < ? AND orig_n IS NULL
			ORDER BY n DESC
			LIMIT ?`, before, int64(soldPage))
		if err != nil {
			return nil, fmt.Errorf("read sales: %w", err)
		}
		if rows < soldPage || early {
			return sold, nil
		}
	}
}

var errNoAdjustID = errors.New("adjustment of a till without an id")
