package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/audit"
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/totals"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Verify recomputes every chain from the bytes, checks every signature, folds
// every ledger and compares the sums, and looks for entries that nobody
// posted. It decides nothing again and changes nothing. progress is told the
// rows looked at, now and then and at the end; nil is nobody. No findings is a
// clean bill.
func (r *reading) Verify(ctx context.Context, progress func(done int)) (found []audit.Finding, err error) {
	a := audit.New(r.lookedAt(), progress)
	err = r.view(ctx, func(tx *database.Tx) (err error) {
		found, err = a.Verify(tx)
		return err
	})
	if err != nil {
		return found, fmt.Errorf("verify: %w", err)
	}
	return found, nil
}

// Fsck does what Verify does and decides every ledger row again, under the program
// version that its entry names, from what the rows before it add up to. It pairs what
// left ledgers with what arrived, and claims with what they were taken for. It
// changes nothing. progress is as Verify's.
func (r *reading) Fsck(ctx context.Context, progress func(done int)) (done audit.Checked, err error) {
	a := audit.New(r.lookedAt(), progress)
	err = r.view(ctx, func(tx *database.Tx) (err error) {
		done, err = a.Fsck(tx)
		return err
	})
	if err != nil {
		return done, fmt.Errorf("fsck: %w", err)
	}
	return done, nil
}

// Differences compares all projections with what the rows of ledgers add up to, and
// changes nothing. progress is as Verify's.
func (r *reading) Differences(ctx context.Context, progress func(done int)) (found []audit.Finding, err error) {
	a := audit.New(r.lookedAt(), progress)
	err = r.view(ctx, func(tx *database.Tx) (err error) {
		found, err = a.CompareAll(tx)
		return err
	})
	if err != nil {
		return found, fmt.Errorf("compare projections: %w", err)
	}
	return found, nil
}

// lookedAt is what this headquarters is looked through by.
func (r *reading) lookedAt() audit.Of {
	of := audit.Of{Keys: r.keys, Programs: r.programs, Now: r.now}
	if !r.postgres {
		of.File = home.DatabaseFile
	}
	return of
}

// Rows returns about how many rows Verify and Fsck look at.
func (r *reading) Rows(ctx context.Context) (sum int, err error) {
	for _, query := range []string{
		`SELECT coalesce(sum(seq), 0) FROM epoch`, `SELECT coalesce(sum(n), 0) FROM account`, `SELECT count(*) FROM claim_entry`,
	} {
		n, err := r.count(ctx, query)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// LedgerRows returns about how many rows Differences and Rebuild look at.
func (r *reading) LedgerRows(ctx context.Context) (int, error) {
	return r.count(ctx, `SELECT coalesce(sum(n), 0) FROM account`)
}

func (r *reading) count(ctx context.Context, query string) (n int, err error) {
	err = r.view(ctx, func(tx *database.Tx) error { return tx.QueryRow(query).Scan(&n) })
	if err != nil {
		return 0, fmt.Errorf("count rows: %w", err)
	}
	return n, nil
}

// Rebuild writes the projections of each account anew that are not what its ledger's
// rows add up to, account by account in a transaction of its own, and the days of each
// till that are not what its entries do, and returns what was different. It decides nothing. An account that was mended is told to the stores
// and looked at again. A ledger that cannot be added up is left as it is, and said to
// be. progress is as Verify's.
func (h *Headquarters) Rebuild(ctx context.Context, progress func(done int)) ([]audit.Finding, error) {
	a := audit.New(h.lookedAt(), progress)
	for last, more := books.Holder(""), true; more; {
		var err error
		if last, more, err = h.rebuildPage(ctx, a, last); err != nil {
			return a.Told(), fmt.Errorf("rebuild: %w", err)
		}
	}
	if err := h.rebuildDays(ctx, a); err != nil {
		return a.Told(), fmt.Errorf("rebuild: %w", err)
	}
	h.intake.raise() // stores are to be told
	return a.End(), nil
}

// rebuildDays mends the days of each till that are not what its entries add up to.
func (h *Headquarters) rebuildDays(ctx context.Context, a *audit.Auditor) error {
	var tills []ledger.TerminalID
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		tills, err = totals.Terminals(tx)
		return err
	})
	for i := 0; err == nil && i < len(tills); i++ {
		err = h.rebuildDaysOf(ctx, a, tills[i])
	}
	return err
}

// rebuildDaysOf is rebuildOne of a till. Nothing is counted while it has the turn, so what
// it found still stands, and its whole journal is not read again where that holds others
// up.
func (h *Headquarters) rebuildDaysOf(ctx context.Context, a *audit.Auditor, id ledger.TerminalID) error {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return err
	}
	defer end()
	var different []totals.Difference
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		different, err = a.CompareDays(tx, id)
		return err
	})
	if err != nil || len(different) == 0 {
		return err
	}
	return h.update(ctx, func(tx *database.Tx) error { return totals.Mend(tx, id, different, h.time()) })
}

// rebuildPage rebuilds the next accounts behind one, in one turn: in between others
// may work. It looks at them without holding up anybody, and mends each where that is
// needed.
func (h *Headquarters) rebuildPage(ctx context.Context, a *audit.Auditor, last books.Holder) (next books.Holder, more bool, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return last, false, err
	}
	defer end()
	var some, different []books.Holder
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		if some, more, err = audit.HoldersBehind(tx, last); err == nil {
			different, err = a.CompareSome(tx, some)
		}
		return err
	})
	if err != nil || len(some) == 0 {
		return last, false, err
	}
	for _, of := range different {
		if err := h.mend(ctx, of); err != nil {
			return last, false, fmt.Errorf("ledger of %s: %w", of, err)
		}
	}
	return some[len(some)-1], more, nil
}

// mend writes anew what the tables have of an account.
func (h *Headquarters) mend(ctx context.Context, of books.Holder) error {
	return h.update(ctx, func(tx *database.Tx) error {
		told, err := audit.Mend(tx, h.lookedAt(), of)
		if err != nil || told == nil {
			return err
		}
		return posting.TouchBooks(tx, told)
	})
}
