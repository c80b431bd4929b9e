package offline

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// detach remembers for whom a sale was made that stands by itself. A journal
// that is salvaged has lost that: then the sale is confirmed by its id.
func (p *pen) detach(r ledger.Record) error {
	if r.Named.IsZero() {
		return nil
	}
	account, err := survivor(p.tx, r.Named.String())
	if err != nil {
		return err
	}
	p.store.mentions.addText(account)
	_, err = p.tx.Exec(`INSERT INTO detached (account, entry) VALUES (?, ?) ON CONFLICT DO NOTHING`, account, r.Entry.ID.String())
	if err != nil {
		return fmt.Errorf("keep whose sale it may be: %w", err)
	}
	return nil
}

// isConfirmed reports whether a row of the feed says that somebody has a sale now
// that stood by itself.
func isConfirmed(c ledger.Change) bool {
	return c.Verdict != nil && c.Verdict.Verdict == ledger.Confirmed
}

// confirmed marks a sale as somebody's, for ever. The row stays: it says whose the
// sale is to who asks again. Another till's sale has none.
func (p *pen) confirmed(sale ledger.EntryID) error {
	_, err := p.tx.Exec(`UPDATE detached SET confirmed = 1 WHERE entry = ? AND confirmed = 0`, sale.String())
	if err != nil {
		return fmt.Errorf("mark confirmed sale: %w", err)
	}
	return nil
}

// Detached returns the last sales that stand by themselves and were made for a
// member here, oldest first and at most 20, without those that she confirmed here or that headquarters says are
// confirmed.
func (v *View) Detached(ctx context.Context, account ledger.AccountID) ([]*ledger.Entry, error) {
	if !v.mentions.hasMore(account) {
		return nil, nil
	}
	return v.readable(ctx, `
		SELECT body FROM (
			SELECT j.n, j.body
			FROM detached d JOIN journal j ON j.id = d.entry AND j.orig_n IS NULL
			WHERE d.account = coalesce((SELECT survivor FROM forward WHERE account = +?1), +?1)
			  AND d.confirmed = 0
			  AND NOT EXISTS (
				SELECT 1 FROM sale s
				WHERE s.business_day_date = 'ever' AND s.sale_id = 'confirm:' || d.entry || ':' || d.account)
			ORDER BY j.n DESC
			LIMIT 20
		) last ORDER BY n`, account.String())
}

// DetachedFor returns whom a sale that stands by itself was made for here; zero
// where that is not known. confirmed says that headquarters has told that somebody
// has it.
func (v *View) DetachedFor(ctx context.Context, sale ledger.EntryID) (account ledger.AccountID, confirmed bool, err error) {
	err = v.journal.Lookup(ctx, func(row *sqlitedb.Values) error {
		confirmed = row.Int64(1) != 0
		return account.UnmarshalText([]byte(row.Text(0)))
	}, `SELECT account, confirmed FROM detached WHERE entry = +?`, sale.String())
	if err != nil {
		return account, false, fmt.Errorf("find whose sale it may be: %w", err)
	}
	return account, confirmed, nil
}

// Claiming returns what stands here under the key of a confirm or claim, or nil
// if nothing does.
func (v *View) Claiming(ctx context.Context, key string) (*ledger.SaleExists, error) {
	return v.Sale(ctx, everyDay, key)
}
