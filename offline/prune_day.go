package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// keptDay is what is kept of a business day whose bodies go.
type keptDay struct {
	day    ledger.Date
	upTo   int64 // its last row
	report []byte
}

// ripeness is whether the bodies of a business day may go, and up to which row.
type ripeness struct {
	ripe bool
	upTo int64
}

// dayGoes reports whether what is kept of a row's day has the row in it, or will:
// a day goes once all of it is old and headquarters has it in a backup. What
// comes late to a day that is gone stays.
func (p *prunePlan) dayGoes(tx *sqlitedb.Tx, r candidate) (bool, error) {
	day := r.entry.Day
	known := p.ripe[day]
	if known == nil {
		var err error
		if known, err = p.ripen(tx, day); err != nil {
			return false, err
		}
		p.ripe[day] = known
	}
	first := r.n
	if r.orig != 0 {
		first = r.orig
	}
	return known.ripe && first <= known.upTo, nil
}

// ripen looks at a day for the first time, and adds it to those that begin to go.
func (p *prunePlan) ripen(tx *sqlitedb.Tx, day ledger.Date) (*ripeness, error) {
	upTo, err := keptUpTo(tx, day)
	if err != nil || upTo > 0 {
		return &ripeness{upTo > 0, upTo}, err
	}
	runs, err := readDayRuns(tx, day, p.last)
	if err != nil {
		return nil, fmt.Errorf("read business day: %w", err)
	}
	r := &ripeness{ripe: true}
	for _, run := range runs {
		var last int64
		var stays bool
		err := tx.QueryRow(`
			SELECT coalesce(max(n), 0), coalesce(max(n > ? OR at_ms >= ?), 0)
			FROM journal
			WHERE n BETWEEN ? AND ? AND business_day_date = ? AND orig_n IS NULL`,
			p.bound, p.before, run.first, run.last, string(day)).Scan(&last, &stays)
		if err != nil {
			return nil, fmt.Errorf("read business day: %w", err)
		}
		r.ripe, r.upTo = r.ripe && !stays, max(r.upTo, last)
	}
	if r.ripe {
		p.days = append(p.days, keptDay{day: day, upTo: r.upTo})
	}
	return r, nil
}

// keptUpTo gives the last row of what is kept of a day; 0 where all of it is here.
func keptUpTo(tx *sqlitedb.Tx, day ledger.Date) (n int64, err error) {
	err = tx.QueryRow(`SELECT up_to_n FROM day_summary WHERE business_day_date = ?`, string(day)).Scan(&n)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read what is kept of %s: %w", day, err)
	}
	return n, nil
}

// keepDay keeps the report of a business day.
func (p *pen) keepDay(d keptDay) error {
	_, err := p.tx.Exec(`
		INSERT INTO day_summary (business_day_date, up_to_n, report)
		VALUES (?, ?, ?)
		ON CONFLICT DO NOTHING`, string(d.day), d.upTo, string(d.report))
	if err != nil {
		return fmt.Errorf("keep %s: %w", d.day, err)
	}
	return nil
}

// KeptDay gives what is kept of a business day whose bodies have gone, as Prune
// was given it; nil where all of the day is here. ReadDay gives what came after.
func (v *View) KeptDay(ctx context.Context, day ledger.Date) (report []byte, err error) {
	err = v.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT report FROM day_summary WHERE business_day_date = ?`, string(day)).Scan(&report)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read what is kept of %s: %w", day, err)
	}
	return report, nil
}
