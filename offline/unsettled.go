package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// unsettle notes what the entry just put adds to its account's balances until
// headquarters has counted it.
func (p *pen) unsettle(e *ledger.Entry) error { return p.unsettleAt(e, p.last) }

func (p *pen) unsettleAt(e *ledger.Entry, n int64) error {
	account, ok, err := subjectOf(p.tx, e)
	if err != nil || !ok || e.Kind == ledger.RightReturn { // which moves only between what is shown as one
		return err
	}
	sums, err := e.Deltas()
	if err != nil {
		return fmt.Errorf("note balance: %w", err)
	}
	text := account.String()
	if p.forwards {
		if text, err = survivor(p.tx, text); err != nil {
			return err
		}
	}
	p.store.mentions.addUnsettled(text)
	if sums = slices.DeleteFunc(sums, ledger.Delta.IsZero); len(sums) == 0 && p.store.opts.Recall != nil && isRemembered(e.Kind) {
		sums = []ledger.Delta{{Unit: unmoved}}
	}
	for _, d := range sums {
		_, err := p.tx.Exec(`
			INSERT INTO unsettled (account, unit, n, available, escrowed, pending, program)
			VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`,
			text, string(d.Unit), n, int64(d.Available), int64(d.Escrowed), int64(d.Pending), programOf(e))
		if err != nil {
			return fmt.Errorf("note balance: %w", err)
		}
	}
	return nil
}

// programOf is the program under which an entry moves units; empty where it names
// none, which is the store's.
func programOf(e *ledger.Entry) string {
	if e.Program == nil {
		return ""
	}
	return e.Program.ID
}

// unsettledRow is one row of the table.
type unsettledRow struct {
	n int64
	ledger.Delta
}

// readUnsettled reads an account's rows under a program; under all for an empty one.
func readUnsettled(tx *sqlitedb.Tx, account, program string) ([]unsettledRow, error) {
	rows, err := tx.Query(`
		SELECT n, unit, available, escrowed, pending
		FROM unsettled
		WHERE account = +?1 AND (?2 = '' OR program IN (?2, ''))`, account, program)
	if err != nil {
		return nil, fmt.Errorf("read unsettled: %w", err)
	}
	defer rows.Close()
	var out []unsettledRow
	for rows.Next() {
		var u unsettledRow
		if err := rows.Scan(&u.n, &u.Unit, &u.Available, &u.Escrowed, &u.Pending); err != nil {
			return nil, fmt.Errorf("read unsettled: %w", err)
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

// applied is this terminal's last place that an account's balances count.
type applied struct {
	epoch  ledger.Epoch
	branch ledger.Branch
	seq    ledger.Seq
}

// counts reports whether balances applied up to a place count the entry whose
// latest row is n: by that row, or by an earlier place of the same entry.
// Headquarters applies one account's entries of one terminal in order. earlier
// is asked about entries that a later epoch wrote again.
func (a applied) counts(earlier func(applied, int64) (bool, error), l lineage, n int64) (bool, error) {
	i := l.index(a.epoch)
	if i < 0 || l[i].branch != a.branch {
		return false, nil // nothing yet, or a place that is not of this journal
	}
	latest := l.of(n)
	if a.epoch >= latest.number {
		return a.epoch > latest.number || int64(a.seq) >= n-latest.base, nil
	}
	return earlier(a, n)
}

// earlierPlaces counts the places of a row's entry in an epoch, up to one, also
// in the journal that this one was salvaged from.
const earlierPlaces = `
	SELECT (
			SELECT count(*)
			FROM journal old JOIN journal j ON j.id = old.id
			WHERE j.n = ?1 AND old.epoch = ?2 AND old.seq <= ?3
		) + (
			SELECT count(*)
			FROM journal j JOIN salvaged s ON s.n = coalesce(j.orig_n, j.n)
			WHERE j.n = ?1 AND s.epoch = ?2 AND s.seq <= ?3
		)`

// earlierIn reports whether the entry of row n has an earlier place that a
// counts.
func earlierIn(tx *sqlitedb.Tx) func(a applied, n int64) (bool, error) {
	return func(a applied, n int64) (bool, error) {
		var places int
		if err := tx.QueryRow(earlierPlaces, n, a.epoch, a.seq).Scan(&places); err != nil {
			return false, fmt.Errorf("look for an earlier place: %w", err)
		}
		return places > 0, nil
	}
}

// earlier is earlierIn for readers: what stands in the journal stays, so it
// may be asked later than the rest.
func (v *View) earlier(ctx context.Context, a applied, n int64) (found bool, err error) {
	err = v.journal.Lookup(ctx, func(row *sqlitedb.Values) error {
		found = row.Int64(0) > 0
		return nil
	}, earlierPlaces, n, int64(a.epoch), int64(a.seq))
	if err != nil {
		return false, fmt.Errorf("look for an earlier place: %w", err)
	}
	return found, nil
}

// upTo gives the last row that balances applied up to a place count because of where
// it stands. Of rows behind it they count those only that have an earlier place,
// which none has where wholly is true.
func (a applied) upTo(l lineage) (n int64, wholly bool) {
	i := l.index(a.epoch)
	if i < 0 || l[i].branch != a.branch {
		return 0, true
	}
	n = math.MaxInt64
	if count := uint64(math.MaxInt64 - l[i].base); uint64(a.seq) < count {
		n = l[i].base + int64(a.seq)
	}
	if i+1 == len(l) {
		return n, true
	}
	return min(n, l[i+1].base), false
}

// settle deletes what an account's new row counts, at most so many rows of balances.
// It says how many it went through, and whether that was all.
func (p *pen) settle(id ledger.AccountID, a applied, most int) (rows int, all bool, err error) {
	if !p.store.mentions.has(id) {
		return 0, true, nil
	}
	account := id.String()
	if p.store.mentions.hasMore(id) {
		if err := errors.Join(p.settleNames(account, a), p.settlePINs(account, a)); err != nil {
			return 0, false, err
		}
	}
	upTo, wholly := a.upTo(p.lineage)
	units, err := unsettledUnits(p.tx, account)
	if err != nil {
		return 0, false, err
	}
	for _, unit := range units {
		n, err := p.settleUnit(account, unit, upTo, most-rows)
		if rows += n; err != nil || rows == most {
			return rows, false, err
		}
	}
	if wholly {
		return rows, true, nil
	}
	n, err := p.settleEarlier(account, a, upTo)
	return rows + n, true, err
}

// unsettledUnits gives the units that an account has rows of, without reading all rows.
func unsettledUnits(tx *sqlitedb.Tx, account string) (units []string, err error) {
	for unit := ""; ; {
		err := tx.QueryRow(`SELECT unit FROM unsettled WHERE account = ? AND unit > ? ORDER BY unit LIMIT 1`, account, unit).Scan(&unit)
		if errors.Is(err, sql.ErrNoRows) {
			return units, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read unsettled: %w", err)
		}
		units = append(units, unit)
	}
}

// settleUnit deletes the first rows of an account's unit up to one, at most so many.
func (p *pen) settleUnit(account, unit string, upTo int64, most int) (rows int, err error) {
	done, err := p.tx.Exec(`
		DELETE FROM unsettled
		WHERE account = ?1 AND unit = ?2 AND n <= min(?3, coalesce((
			SELECT n FROM unsettled WHERE account = ?1 AND unit = ?2 ORDER BY n LIMIT 1 OFFSET ?4), ?3))`,
		account, unit, upTo, most-1)
	if err != nil {
		return 0, fmt.Errorf("settle balance: %w", err)
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// settleEarlier deletes of the rows behind one what an earlier place counts: those of
// entries that a later epoch wrote again. It says how many it looked at.
func (p *pen) settleEarlier(account string, a applied, behind int64) (looked int, err error) {
	rows, err := readUnsettled(p.tx, account, "")
	if err != nil {
		return 0, err
	}
	for _, u := range rows {
		if u.n <= behind {
			continue
		}
		looked++
		counted, err := a.counts(earlierIn(p.tx), p.lineage, u.n)
		if err != nil {
			return looked, err
		}
		if !counted {
			continue
		}
		_, err = p.tx.Exec(`DELETE FROM unsettled WHERE account = ? AND unit = ? AND n = ?`, account, u.Unit, u.n)
		if err != nil {
			return looked, fmt.Errorf("settle balance: %w", err)
		}
	}
	return looked, nil
}

// unsettleAgain notes once more what entries from a row on add, where
// headquarters no longer has what it had acknowledged.
func (p *pen) unsettleAgain(runs []run) error {
	for _, r := range runs {
		if err := eachRow(p.tx, r, p.unsettleRow); err != nil {
			return err
		}
	}
	return nil
}

// unsettleRow notes what a row adds. A body that is gone, or cannot be read, is passed
// over: of the latter whoever sends it makes an end.
func (p *pen) unsettleRow(r row) error {
	if isPruned(r.body) || ledger.HashOf(r.body) != r.bodyHash {
		return nil
	}
	e, err := ledger.Decode(r.body)
	if err != nil {
		return nil
	}
	return p.unsettleAt(e, r.n)
}
