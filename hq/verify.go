package hq

import (
	"context"
	"fmt"
	"math"

	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// maxFindings bounds what Verify tells: a broken disk breaks everything.
const maxFindings = 1000

// Finding is something that does not add up, in words.
type Finding struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

func (f Finding) String() string { return f.Where + ": " + f.What }

// auditor collects findings over one state of the database.
type auditor struct {
	*reading
	tx       *database.Tx
	found    []Finding
	finds    int // as many as there were, told or not
	underway map[ledger.EntryID]bool // what came in and is not projected yet
	transit  map[inTransit]ledger.Points
	progress func(done int)
	done     int
	again    *again // decides each row again; nil where nobody asks for it
}

func (a *auditor) find(where, format string, args ...any) {
	if a.finds++; len(a.found) < maxFindings {
		a.found = append(a.found, Finding{where, fmt.Sprintf(format, args...)})
	}
}

// told are the findings that are told, and how many more there were.
func (a *auditor) told() []Finding {
	more := a.finds - len(a.found)
	if more == 0 {
		return a.found
	}
	return append(a.found[:len(a.found):len(a.found)], Finding{"more", fmt.Sprintf("%d findings beside these %d", more, maxFindings)})
}

// step counts a row looked at.
func (a *auditor) step() {
	if a.done++; a.done%1000 == 0 {
		a.progress(a.done)
	}
}

// Verify recomputes every chain from the bytes, checks every signature, folds
// every ledger and compares the sums, and looks for entries that nobody
// posted. It decides nothing again and changes nothing. progress is told the
// rows looked at, now and then and at the end; nil is nobody. No findings is a
// clean bill.
func (r *reading) Verify(ctx context.Context, progress func(done int)) ([]Finding, error) {
	a := newAuditor(r, progress)
	err := r.view(ctx, func(tx *database.Tx) error {
		a.tx = tx
		return a.all()
	})
	if err != nil {
		return a.told(), fmt.Errorf("verify: %w", err)
	}
	a.progress(a.done)
	return a.told(), nil
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

func newAuditor(r *reading, progress func(done int)) *auditor {
	if progress == nil {
		progress = func(int) {}
	}
	return &auditor{reading: r, underway: map[ledger.EntryID]bool{}, transit: map[inTransit]ledger.Points{}, progress: progress}
}

// knowPrograms reads what was published, where nobody serves by this look.
func (a *auditor) knowPrograms() error {
	if a.programs.Load() != nil {
		return nil
	}
	c, err := publication.ReadCatalog(a.tx)
	if err != nil {
		return err
	}
	c.Load() // what cannot be read decides nothing
	a.programs.Store(c.UpTo(math.MaxInt64))
	return nil
}

// all looks at everything.
func (a *auditor) all() error {
	if err := a.knowPrograms(); err != nil {
		return err
	}
	for _, look := range []func() error{a.pages, a.journals, a.ledgers, a.handovers, a.forwards, a.alone, a.households, a.people, a.feeds} {
		if err := look(); err != nil {
			return err
		}
	}
	return nil
}
