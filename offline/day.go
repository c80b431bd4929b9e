package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// noteDay remembers where a run of entries of one business day begins. Most
// entries are of the day of the one before and write nothing.
func (p *pen) noteDay(day ledger.Date) error {
	if day == "" || day == p.day {
		return nil
	}
	_, err := p.tx.Exec(`INSERT INTO day_run (n, business_day_date) VALUES (?, ?)`, p.last, string(day))
	if err != nil {
		return fmt.Errorf("note business day: %w", err)
	}
	p.day = day
	return nil
}

// lastDay gives the business day of the last run; empty where there is none.
func lastDay(tx *sqlitedb.Tx) (day ledger.Date, err error) {
	err = tx.QueryRow(`SELECT business_day_date FROM day_run ORDER BY n DESC LIMIT 1`).Scan(&day)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read business day: %w", err)
	}
	return day, nil
}

// DayRange gives the first and the last business day that has entries; both
// are empty where there are none.
func (v *View) DayRange(ctx context.Context) (first, last ledger.Date, err error) {
	err = v.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`
			SELECT coalesce(min(business_day_date), ''), coalesce(max(business_day_date), '')
			FROM day_run`).Scan(&first, &last)
	})
	if err != nil {
		return "", "", fmt.Errorf("read business days: %w", err)
	}
	return first, last, nil
}

// ReadDay gives the entries of a business day in journal order, each once: at
// its first place in this journal, however many epochs wrote it again. Those that
// KeptDay has are left out. A body that is not the one that was hashed is given as
// nil. It returns the head up
// to which it read: what is appended meanwhile is left to the next reading.
//
// Every few hundred entries it lets the journal go, so that a busy day read
// beside the daemon holds no checkpoint up. progress may be nil.
func (v *View) ReadDay(
	ctx context.Context, day ledger.Date, each func(at ledger.Place, body []byte) error, progress func(done, total int),
) (ledger.Head, error) {
	r := dayReader{each: each, progress: progress}
	err := v.journal.View(ctx, func(tx *sqlitedb.Tx) error { return r.begin(tx, day) })
	if err != nil {
		return ledger.Head{}, fmt.Errorf("read business day: %w", err)
	}
	for _, run := range r.runs {
		for first := run.first; first <= run.last; first += rowsAtOnce {
			last := min(first+rowsAtOnce-1, run.last)
			var rows []dayRow
			err := v.journal.View(ctx, func(tx *sqlitedb.Tx) (err error) {
				rows, err = readDayRows(tx, day, first, last)
				return err
			})
			if err != nil {
				return ledger.Head{}, fmt.Errorf("read business day: %w", err)
			}
			if err := r.give(rows, last-first+1); err != nil {
				return ledger.Head{}, err
			}
		}
	}
	return r.head, nil
}

// dayReader is one reading of a business day.
type dayReader struct {
	each        func(ledger.Place, []byte) error
	progress    func(done, total int)
	terminal    ledger.TerminalID
	lineage     lineage
	head        ledger.Head
	runs        []run // their epochs are not set: a run may span several
	done, total int64
}

func (r *dayReader) begin(tx *sqlitedb.Tx, day ledger.Date) (err error) {
	if r.terminal, err = readTerminal(tx); err != nil {
		return err
	}
	if r.lineage, err = readLineage(tx); err != nil {
		return err
	}
	if len(r.lineage) == 0 {
		return errors.New("the journal has no epoch yet")
	}
	if err := haveRuns(tx); err != nil {
		return err
	}
	last, head, err := readHead(tx, r.lineage)
	if err != nil {
		return err
	}
	r.head = head
	if r.runs, err = readDayRuns(tx, day, last); err != nil {
		return err
	}
	kept, err := keptUpTo(tx, day)
	if err != nil {
		return err
	}
	r.leaveOut(kept)
	for _, run := range r.runs {
		r.total += run.last - run.first + 1
	}
	return nil
}

// leaveOut leaves out rows up to one.
func (r *dayReader) leaveOut(upTo int64) {
	var rest []run
	for _, run := range r.runs {
		if run.first = max(run.first, upTo+1); run.first <= run.last {
			rest = append(rest, run)
		}
	}
	r.runs = rest
}

// haveRuns refuses a journal that an earlier release wrote and this one has not
// opened yet: readers change nothing.
func haveRuns(tx *sqlitedb.Tx) error {
	var have bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'day_run')`).Scan(&have)
	if err == nil && !have {
		err = errors.New("the journal is an earlier release's: start `loyaltyd run` of this one, which brings it up to date")
	}
	return err
}

// readDayRuns gives the rows among which a day's entries stand.
func readDayRuns(tx *sqlitedb.Tx, day ledger.Date, last int64) ([]run, error) {
	rows, err := tx.Query(`
		SELECT n, until
		FROM (SELECT n, business_day_date, coalesce(lead(n) OVER (ORDER BY n) - 1, ?) AS until FROM day_run)
		WHERE business_day_date = ?
		ORDER BY n`, last, string(day))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var runs []run
	for rows.Next() {
		var r run
		if err := rows.Scan(&r.first, &r.last); err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, rows.Err()
}

// dayRow is an entry of a business day at its first place.
type dayRow struct {
	n        int64
	body     []byte
	bodyHash ledger.Hash
}

func readDayRows(tx *sqlitedb.Tx, day ledger.Date, first, last int64) ([]dayRow, error) {
	rows, err := tx.Query(`
		SELECT n, body, body_hash
		FROM journal
		WHERE n BETWEEN ? AND ? AND business_day_date = ? AND orig_n IS NULL
		ORDER BY n`, first, last, string(day))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []dayRow
	for rows.Next() {
		var r dayRow
		if err := rows.Scan(&r.n, &r.body, &r.bodyHash); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (r *dayReader) give(rows []dayRow, looked int64) error {
	for _, row := range rows {
		body := row.body
		if ledger.HashOf(body) != row.bodyHash {
			body = nil
		}
		if err := r.each(r.lineage.place(r.terminal, row.n), body); err != nil {
			return err
		}
	}
	r.done += looked
	if r.progress != nil {
		r.progress(int(r.done), int(r.total))
	}
	return nil
}
