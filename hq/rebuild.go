package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Differences compares all projections with what the rows of ledgers add up to, and
// changes nothing. progress is as Verify's.
func (r *reading) Differences(ctx context.Context, progress func(done int)) ([]Finding, error) {
	a := newAuditor(r, progress)
	err := r.view(ctx, func(tx *database.Tx) error {
		a.tx = tx
		if err := a.knowPrograms(); err != nil {
			return err
		}
		return a.eachHolder(a.differences)
	})
	if err != nil {
		return a.told(), fmt.Errorf("compare projections: %w", err)
	}
	a.progress(a.done)
	return a.told(), nil
}

// differences compares one account's.
func (a *auditor) differences(of books.Holder) error {
	b, err := a.fold(of, nothingElse)
	if err != nil || b == nil {
		return err
	}
	return a.sums(b)
}

// nothingElse is what is looked at in a row where only sums are asked for.
func nothingElse(*books.Books, *ledgerRow) error { return nil }

// Rebuild writes the projections of each account anew that are not what its ledger's
// rows add up to, account by account in a transaction of its own, and returns what
// was different. It decides nothing. An account that was mended is told to the stores
// and looked at again. A ledger that cannot be added up is left as it is, and said to
// be. progress is as Verify's.
func (h *Headquarters) Rebuild(ctx context.Context, progress func(done int)) ([]Finding, error) {
	a := newAuditor(&h.reading, progress)
	for last, more := books.Holder(""), true; more; {
		var err error
		if last, more, err = h.rebuildPage(ctx, a, last); err != nil {
			return a.told(), fmt.Errorf("rebuild: %w", err)
		}
	}
	a.progress(a.done)
	h.intake.raise() // stores are to be told
	return a.told(), nil
}

// rebuildPage rebuilds the next accounts behind one, in one turn: in between others
// may work.
func (h *Headquarters) rebuildPage(ctx context.Context, a *auditor, last books.Holder) (next books.Holder, more bool, err error) {
	end, err := h.turn(ctx)
	if err != nil {
		return last, false, err
	}
	defer end()
	var some []books.Holder
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		some, more, err = holdersBehind(tx, last)
		return err
	})
	if err != nil {
		return last, false, err
	}
	for _, of := range some {
		if err := h.rebuildOne(ctx, a, of); err != nil {
			return last, false, fmt.Errorf("ledger of %s: %w", of, err)
		}
		last = of
	}
	return last, more, nil
}

// rebuildOne looks at an account without holding up anybody, and mends it where that
// is needed.
func (h *Headquarters) rebuildOne(ctx context.Context, a *auditor, of books.Holder) error {
	before := a.finds
	err := h.view(ctx, func(tx *database.Tx) error {
		a.tx = tx
		return a.differences(of)
	})
	if err != nil || a.finds == before {
		return err
	}
	return h.update(ctx, func(tx *database.Tx) error {
		again := newAuditor(&h.reading, nil)
		again.tx = tx
		b, err := again.fold(of, nothingElse)
		if err != nil || b == nil {
			return err
		}
		return again.mend(b)
	})
}

// mend writes what a ledger makes in place of what the tables have of it.
func (a *auditor) mend(b *books.Books) error {
	next, looked, err := a.nextDue(b)
	if err != nil {
		return err
	}
	for i := range projections {
		if err := a.replace(b, &projections[i]); err != nil {
			return fmt.Errorf("write %s anew: %w", projections[i].table, err)
		}
	}
	if _, ok := b.Holder.Chain(); !ok || b.N == 0 {
		return a.mendEmpty(b)
	}
	if looked {
		if err := saveDue(a.tx, b.Holder, next); err != nil {
			return err
		}
	}
	told := b.Then() // with nothing to be saved
	if told.Version, err = a.lastVersion(b.Holder); err != nil {
		return err
	}
	return touchBooks(a.tx, told)
}

// replace writes a table's rows of an account anew. A row that stands under the keys
// of one of them as another account's is that one, misplaced.
func (a *auditor) replace(b *books.Books, p *projection) error {
	if _, err := a.tx.Exec(p.drop, b.Holder); err != nil {
		return err
	}
	rows, err := p.rows(b)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if p.misplaced != "" {
			if _, err := a.tx.Exec(p.misplaced, row[:p.keyed]...); err != nil {
				return err
			}
		}
		if _, err := a.tx.Exec(p.insert, append([]any{b.Holder}, row...)...); err != nil {
			return err
		}
	}
	return nil
}

// mendEmpty leaves nothing of an account that has no rows but its marks; of what is
// no account's name, nothing.
func (a *auditor) mendEmpty(b *books.Books) error {
	if err := saveDue(a.tx, b.Holder, 0); err != nil {
		return err
	}
	query, args := `DELETE FROM account WHERE account = $1`, []any{b.Holder}
	if _, ok := b.Holder.Chain(); ok {
		query, args = `UPDATE account SET n = 0, head = $1, last_terminal = $2, last_program = '' WHERE account = $3`,
			[]any{b.Head, b.Lane.Terminal, b.Holder}
	}
	_, err := a.tx.Exec(query, args...)
	return err
}

// lastVersion is the highest that anybody was told of an account.
func (a *auditor) lastVersion(of books.Holder) (version uint64, err error) {
	err = a.tx.QueryRow(`
		SELECT coalesce(max(version), 0) FROM (
			SELECT version FROM account WHERE account = $1
			UNION ALL SELECT version FROM feed_dirty WHERE account = $1
			UNION ALL SELECT version FROM authority_dirty WHERE account = $1
			UNION ALL SELECT version FROM matured WHERE account = $1) marks`, of).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("read version of account: %w", err)
	}
	var stands bool
	err = a.tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM account WHERE account = $1)`, of).Scan(&stands)
	if err != nil || stands {
		return version, err
	}
	var told uint64
	err = a.tx.QueryRow(`SELECT coalesce(max(version), 0) FROM feed WHERE key = $1`, of).Scan(&told)
	return max(version, told), err
}

// saveDue notes when something falls due next; 0 for never.
func saveDue(tx *database.Tx, of books.Holder, at ledger.Millis) error {
	query, args := `DELETE FROM due WHERE account = $1`, []any{of}
	if at != 0 {
		query, args = `
			INSERT INTO due (account, at_ms) VALUES ($1, $2)
			ON CONFLICT (account) DO UPDATE SET at_ms = excluded.at_ms`, append(args, at)
	}
	if _, err := tx.Exec(query, args...); err != nil {
		return fmt.Errorf("note what is due: %w", err)
	}
	return nil
}
