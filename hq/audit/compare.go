package audit

import (
	"cmp"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// compare tells where a table has other rows of an account than its ledger makes.
func (a *Auditor) compare(where string, b *books.Books, k *kept, p *projection) error {
	have := k.rows[p.Table][b.Holder]
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
func (a *Auditor) meet(p *projection, have, want [][]string) int {
	switch {
	case len(have) == 0:
		return 1
	case len(want) == 0:
		return -1
	}
	return compareKeys(have[0], want[0], p.keyed)
}

func (a *Auditor) differ(where string, p *projection, have, want []string) {
	for i, column := range p.Columns {
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

// made are the rows that a ledger makes.
func made(b *books.Books, p *projection) (all [][]string, err error) {
	rows, err := p.rows(b)
	if err != nil {
		return nil, err
	}
	for _, values := range rows {
		row := make([]string, len(values))
		for i, value := range values {
			plain, err := driver.DefaultParameterConverter.ConvertValue(value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.Table, err)
			}
			row[i] = cell(plain)
		}
		all = append(all, row)
	}
	inOrder(all, p.keyed)
	return all, nil
}

// lotsHold checks that what is free of a unit is what its lots have.
func (a *Auditor) lotsHold(where string, b *books.Books) {
	for key, p := range b.Purses() {
		if free, err := freeOf(p); err != nil || free != p.Available {
			a.find(where, "lots of %s hold %d, available is %d", key.Unit, free, p.Available)
		}
	}
}

// account compares where a ledger ends and where its member was served last.
func (a *Auditor) account(where string, b *books.Books, k *kept) error {
	have := k.rows[AccountSums.Table][b.Holder]
	want, err := made(b, &AccountSums)
	switch {
	case err != nil:
		return err
	case len(have) > 0:
		a.differ(where, &AccountSums, have[0], want[0])
	case b.N > 0:
		a.find(where, "the account is gone")
	}
	return nil
}

// due compares when something falls due next, where that was looked at since the
// ledger's last row.
func (a *Auditor) due(where string, b *books.Books, k *kept) error {
	want, known, err := a.nextDue(b, k)
	if err != nil || !known {
		return err
	}
	if have := k.due[b.Holder]; have != want {
		a.find(where, "something is due at %d, its rows make %d", have, want)
	}
	return nil
}

// nextDue is when something falls due next of an account, 0 for never; not known
// where it is to be looked at anyway.
func (a *Auditor) nextDue(b *books.Books, k *kept) (next ledger.Millis, known bool, err error) {
	switch {
	case b.N == 0:
		return 0, true, nil
	case !k.looked[b.Holder]:
		return 0, false, nil
	case k.forward[b.Holder]:
		return 0, true, nil
	}
	for _, p := range a.Programs.Load().Chain {
		of, err := b.Account(p.ID)
		if err != nil {
			return 0, false, err
		}
		zone, err := a.lanes.ZoneOf(b, p.ID)
		if err != nil {
			return 0, false, err
		}
		if at, due := of.Due(zone); due && (next == 0 || at < next) {
			next = at
		}
	}
	return next, true, nil
}

// freeOf adds up what lots have that is neither pending nor set aside.
func freeOf(p *loyalty.Purse) (total ledger.Points, err error) {
	for _, l := range p.Lots {
		if l.Pending {
			continue
		}
		if total, err = total.Add(l.Left); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// inOrder sorts rows by their keys.
func inOrder(rows [][]string, keyed int) {
	slices.SortFunc(rows, func(a, b []string) int { return compareKeys(a, b, keyed) })
}

func compareKeys(a, b []string, keyed int) int {
	for i := range keyed {
		if c := cmp.Compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}
