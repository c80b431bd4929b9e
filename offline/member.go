package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Find returns the member whom an identifier names, or an error that is
// loyalty.ErrUnknownMember. value is in the form it is hashed in.
func (v *View) Find(ctx context.Context, kind, value string) (loyalty.Member, error) {
	hash := ledger.KeyedHash(v.opts.LookupKey.Hash(kind, value))
	return v.member(ctx, func(journal, directory *sqlitedb.Tx) (ledger.AccountID, string, error) {
		local, mask, err := findLocal(journal, hash)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return local, "", err
		}
		account, dirErr := findIdentifier(directory, hash)
		if dirErr == nil {
			return account, mask, nil
		}
		if !errors.Is(dirErr, sql.ErrNoRows) {
			return account, "", dirErr
		}
		return local, mask, err
	})
}

// Member returns what is known of an account, forwarded if it was merged.
func (v *View) Member(ctx context.Context, id ledger.AccountID) (loyalty.Member, error) {
	return v.member(ctx, func(journal, _ *sqlitedb.Tx) (ledger.AccountID, string, error) {
		var mask string
		err := journal.QueryRow(`SELECT mask FROM local WHERE account = ? LIMIT 1`, id).Scan(&mask)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return id, "", fmt.Errorf("look up local member: %w", err)
		}
		return id, mask, nil
	})
}

// member reads the journal first and the directory second: what the directory
// newly counts is then still among what the journal adds, and is left out by
// its place. The other way round a balance could flash back.
func (v *View) member(ctx context.Context, named func(journal, directory *sqlitedb.Tx) (ledger.AccountID, string, error)) (m loyalty.Member, err error) {
	err = v.journal.View(ctx, func(journal *sqlitedb.Tx) error {
		return v.directory.View(ctx, func(directory *sqlitedb.Tx) error {
			account, mask, err := named(journal, directory) // reads the journal first; it stands still from there
			if errors.Is(err, sql.ErrNoRows) {
				return loyalty.ErrUnknownMember
			}
			if err != nil {
				return err
			}
			m, err = v.describe(journal, directory, account, mask)
			return err
		})
	})
	if err != nil {
		return loyalty.Member{}, fmt.Errorf("find member: %w", err)
	}
	return m, nil
}

func (v *View) describe(journal, directory *sqlitedb.Tx, named ledger.AccountID, mask string) (m loyalty.Member, err error) {
	text, err := survivor(journal, named.String())
	if err != nil {
		return m, err
	}
	if err := m.Account.UnmarshalText([]byte(text)); err != nil {
		return m, err
	}
	fed, known, err := readAccount(directory, m.Account, v.opts.Program)
	if err != nil {
		return m, err
	}
	m.Name, m.AsOf = fed.name, fed.asOf
	if m.Name == "" {
		m.Name = mask
	}
	sheet := sheet{balances: fed.balances}
	if err := sheet.addUnsettled(journal, text, fed.applied); err != nil {
		return m, err
	}
	if err := v.addSpendable(journal, &sheet, text); err != nil {
		return m, err
	}
	m.Balances = sheet.shown()
	if !known && mask == "" && text == named.String() && len(m.Balances) == 0 {
		return m, loyalty.ErrUnknownMember
	}
	return m, nil
}
