package audit

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// CompareAll compares all projections with what the rows of ledgers add up to, and
// changes nothing.
func (a *Auditor) CompareAll(tx *database.Tx) ([]Finding, error) {
	a.begin(tx)
	err := a.knowPrograms()
	if err == nil {
		err = a.eachLedger(look{end: a.sums})
	}
	if err == nil {
		err = a.days()
	}
	if err != nil {
		return a.Told(), err
	}
	return a.End(), nil
}

// CompareSome compares those of some accounts, and gives the accounts of which they are
// different.
func (a *Auditor) CompareSome(tx *database.Tx, some []books.Holder) (different []books.Holder, err error) {
	a.begin(tx)
	err = a.lookAt(some, look{end: func(b *books.Books, k *kept) error {
		before := a.finds
		err := a.sums(b, k)
		if a.finds > before {
			different = append(different, b.Holder)
		}
		return err
	}})
	return different, err
}

// Mend writes what a ledger makes in place of what the tables have of it. It returns
// what is to be told anew, without anything to be saved; nil where that is nothing.
func Mend(tx *database.Tx, of Of, account books.Holder) (told *books.Books, err error) {
	a := New(of, nil)
	a.begin(tx)
	err = a.lookAt([]books.Holder{account}, look{end: func(b *books.Books, k *kept) (err error) {
		told, err = a.mend(b, k)
		return err
	}})
	return told, err
}

func (a *Auditor) mend(b *books.Books, k *kept) (told *books.Books, err error) {
	next, looked, err := a.nextDue(b, k)
	if err != nil {
		return nil, err
	}
	for i := range Projections {
		if err := a.replace(b, &Projections[i]); err != nil {
			return nil, fmt.Errorf("write %s anew: %w", Projections[i].Table, err)
		}
	}
	if _, ok := b.Holder.Chain(); !ok || b.N == 0 {
		return nil, a.mendEmpty(b)
	}
	if looked {
		if err := records.SaveDue(a.tx, b.Holder, next); err != nil {
			return nil, err
		}
	}
	told = b.Then()
	told.Version, err = a.lastVersion(b.Holder)
	return told, err
}

// replace writes a table's rows of an account anew. A row that stands under the keys
// of one of them as another account's is that one, misplaced.
func (a *Auditor) replace(b *books.Books, p *projection) error {
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
func (a *Auditor) mendEmpty(b *books.Books) error {
	if err := records.SaveDue(a.tx, b.Holder, 0); err != nil {
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
func (a *Auditor) lastVersion(of books.Holder) (version uint64, err error) {
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
