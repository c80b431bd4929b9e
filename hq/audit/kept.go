package audit

import (
	"fmt"
	"strconv"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// kept is what the tables have of some accounts.
type kept struct {
	rows map[string]map[books.Holder][][]string // by the table's name
	due  map[books.Holder]ledger.Millis
	// looked are those of which it was looked at since their last row what falls due.
	looked  map[books.Holder]bool
	forward map[books.Holder]bool // are another's
}

// kept reads what the tables have of some accounts.
func (a *Auditor) kept(of []books.Holder) (k *kept, err error) {
	k = &kept{rows: map[string]map[books.Holder][][]string{}, due: map[books.Holder]ledger.Millis{}}
	list := records.ListOf(of)
	if k.rows[AccountSums.Table], err = a.stored(list, &AccountSums); err != nil {
		return nil, err
	}
	for i := range Projections {
		p := &Projections[i]
		if k.rows[p.Table], err = a.stored(list, p); err != nil {
			return nil, err
		}
	}
	err = a.tx.QueryMany(database.Many{Head: `
		SELECT account, at_ms FROM due WHERE account IN (VALUES`, Tail: `)`}, list, func(rows *database.Rows) error {
		var one books.Holder
		var at ledger.Millis
		err := rows.Scan(&one, &at)
		k.due[one] = at
		return err
	})
	if err != nil {
		return nil, err
	}
	k.looked, err = records.Standing(a.tx, database.Many{Head: `
		SELECT m.account
		FROM matured m JOIN account o ON o.account = m.account AND o.version = m.version
		WHERE m.account IN (VALUES`, Tail: `)`}, of)
	if err != nil {
		return nil, err
	}
	k.forward, err = records.Standing(a.tx, database.Many{Head: `
		SELECT account FROM forward WHERE to_account <> account AND account IN (VALUES`, Tail: `)`}, of)
	return k, err
}

// stored are the rows of accounts as a table has them, each account's in order.
func (a *Auditor) stored(of [][]any, p *projection) (map[books.Holder][][]string, error) {
	all := map[books.Holder][][]string{}
	values, to := make([]any, len(p.Columns)), make([]any, 1+len(p.Columns))
	var one books.Holder
	to[0] = &one
	for i := range values {
		to[1+i] = &values[i]
	}
	err := a.tx.QueryMany(p.read, of, func(rows *database.Rows) error {
		if err := rows.Scan(to...); err != nil {
			return err
		}
		row := make([]string, len(values))
		for i, value := range values {
			row[i] = cell(value)
		}
		all[one] = append(all[one], row)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Table, err)
	}
	for _, rows := range all {
		inOrder(rows, p.keyed)
	}
	return all, nil
}

// cell is a value as a row of a table has it, for comparing and for words.
func cell(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case []byte:
		return string(v)
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	return fmt.Sprint(value)
}
