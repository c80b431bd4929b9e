package hq

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// compare tells where a table has other rows of an account than its ledger makes.
func (a *auditor) compare(where string, b *books, p *projection) error {
	have, err := a.stored(b.holder, p)
	if err != nil {
		return err
	}
	want, err := made(b, p)
	if err != nil {
		return err
	}
	for len(have)+len(want) > 0 {
		switch order := a.meet(p, have, want); {
		case order < 0:
			a.find(where, "%s comes from nowhere", p.nameOf(have[0]))
			have = have[1:]
		case order > 0:
			a.find(where, "%s is gone", p.nameOf(want[0]))
			want = want[1:]
		default:
			a.differ(where, p, have[0], want[0])
			have, want = have[1:], want[1:]
		}
	}
	return nil
}

// meet compares the first rows of both; one that there is none of comes last.
func (a *auditor) meet(p *projection, have, want [][]string) int {
	switch {
	case len(have) == 0:
		return 1
	case len(want) == 0:
		return -1
	}
	return compareKeys(have[0], want[0], p.keyed)
}

func (a *auditor) differ(where string, p *projection, have, want []string) {
	for i, column := range p.columns {
		switch {
		case have[i] == want[i]:
		case len(have[i])+len(want[i]) > 200 || !utf8.ValidString(have[i]+want[i]):
			a.find(where, "%s: %s is not what its rows make", p.nameOf(want), column)
		default:
			a.find(where, "%s: %s is %s, its rows make %s", p.nameOf(want), column, have[i], want[i])
		}
	}
}

// nameOf is which row it is, in words.
func (p *projection) nameOf(row []string) string {
	return strings.Join(append([]string{p.what}, row[:p.keyed]...), " ")
}

// stored are the rows of an account as a table has them.
func (a *auditor) stored(of holder, p *projection) (all [][]string, err error) {
	rows, err := a.tx.Query(p.read, of)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		values, to := make([]any, len(p.columns)), make([]any, len(p.columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		row := make([]string, len(p.columns))
		for i, value := range values {
			row[i] = cell(value)
		}
		all = append(all, row)
	}
	inOrder(all, p.keyed)
	return all, rows.Close()
}

// made are the rows that a ledger makes.
func made(b *books, p *projection) (all [][]string, err error) {
	rows, err := p.rows(b)
	if err != nil {
		return nil, err
	}
	for _, values := range rows {
		row := make([]string, len(values))
		for i, value := range values {
			plain, err := driver.DefaultParameterConverter.ConvertValue(value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.table, err)
			}
			row[i] = cell(plain)
		}
		all = append(all, row)
	}
	inOrder(all, p.keyed)
	return all, nil
}

// lotsHold checks that what is free of a unit is what its lots have.
func (a *auditor) lotsHold(where string, b *books) {
	for key, p := range b.purses() {
		if free, err := freeOf(p); err != nil || free != p.Available {
			a.find(where, "lots of %s hold %d, available is %d", key.unit, free, p.Available)
		}
	}
}

// account compares where a ledger ends and where its member was served last.
func (a *auditor) account(where string, b *books) error {
	have, err := a.stored(b.holder, &accountSums)
	if err != nil {
		return err
	}
	want, err := made(b, &accountSums)
	switch {
	case err != nil:
		return err
	case len(have) > 0:
		a.differ(where, &accountSums, have[0], want[0])
	case b.n > 0:
		a.find(where, "the account is gone")
	}
	return nil
}

// due compares when something falls due next, where that was looked at since the
// ledger's last row.
func (a *auditor) due(where string, b *books) error {
	want, known, err := a.nextDue(b)
	if err != nil || !known {
		return err
	}
	var have ledger.Millis
	err = a.tx.QueryRow(`SELECT at_ms FROM due WHERE account = $1`, b.holder).Scan(&have)
	if err := orNone(err); err != nil {
		return err
	}
	if have != want {
		a.find(where, "something is due at %d, its rows make %d", have, want)
	}
	return nil
}

// nextDue is when something falls due next of an account, 0 for never; not known
// where it is to be looked at anyway.
func (a *auditor) nextDue(b *books) (next ledger.Millis, known bool, err error) {
	if b.n == 0 {
		return 0, true, nil
	}
	err = a.tx.QueryRow(`
		SELECT EXISTS (SELECT 1 FROM matured m JOIN account o ON o.account = m.account AND o.version = m.version
		               WHERE m.account = $1)`, b.holder).Scan(&known)
	if err != nil || !known {
		return 0, false, err
	}
	if to, err := survivor(a.tx, b.holder); err != nil || to != b.holder {
		return 0, true, err
	}
	for _, p := range a.programs.Load().chain {
		of, err := b.account(p.id)
		if err != nil {
			return 0, false, err
		}
		zone, err := zoneOfLane(a.tx, b, p.id)
		if err != nil {
			return 0, false, err
		}
		if at, due := of.Due(zone); due && (next == 0 || at < next) {
			next = at
		}
	}
	return next, true, nil
}
