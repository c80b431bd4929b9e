package offline

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// mostSharing bounds how many accounts of one code are looked at: two members
// are too many already, and an account may have become another's.
const mostSharing int64 = 8

// FindByCode returns the member whose code for friends this is, or an error that
// is loyalty.ErrUnknownMember: nobody whom this terminal knows, or more than one.
func (v *View) FindByCode(ctx context.Context, code ledger.ReferralCode) (m loyalty.Member, err error) {
	accounts, err := v.coded(ctx, code)
	if err != nil {
		return m, fmt.Errorf("find member by her code: %w", err)
	}
	for _, account := range accounts {
		one, err := v.Member(ctx, account)
		if errors.Is(err, loyalty.ErrUnknownMember) {
			continue
		}
		if err != nil {
			return loyalty.Member{}, err
		}
		if !m.Account.IsZero() && m.Account != one.Account {
			return loyalty.Member{}, fmt.Errorf("find member by her code: %w", loyalty.ErrUnknownMember)
		}
		m = one
	}
	if m.Account.IsZero() {
		return m, fmt.Errorf("find member by her code: %w", loyalty.ErrUnknownMember)
	}
	return m, nil
}

// coded gives the accounts that have a code: first those that the journal knows,
// which lets go of them only once the directory has them.
func (v *View) coded(ctx context.Context, code ledger.ReferralCode) (accounts []ledger.AccountID, err error) {
	first, last := code.Accounts()
	if first.IsZero() {
		return nil, nil
	}
	err = v.journal.Lookup(ctx, func(row *sqlitedb.Values) error {
		accounts = append(accounts, ledger.AccountID{})
		return accounts[len(accounts)-1].UnmarshalText([]byte(row.Text(0)))
	}, `
		SELECT account FROM local WHERE account BETWEEN +?1 AND +?2
		UNION
		SELECT account FROM forward WHERE account BETWEEN +?1 AND +?2
		LIMIT +?3`, first.String(), last.String(), mostSharing)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return v.codedHere(ctx, accounts, first, last)
}

// codedHere adds the directory's accounts from the first to the last of a code: all
// of them begin alike.
func (v *View) codedHere(ctx context.Context, accounts []ledger.AccountID, first, last ledger.AccountID) ([]ledger.AccountID, error) {
	places, err := v.places(ctx, first)
	if err != nil {
		return nil, err
	}
	ranges := rangesOf(first, places)
	ranges[len(ranges)-1].first = unnamedKeys(last).first
	for _, keys := range ranges {
		err := v.directory.Lookup(ctx, func(row *sqlitedb.Values) error {
			var account ledger.AccountID
			copy(account[:], row.Blob(0))
			accounts = append(accounts, account)
			return nil
		}, `
			SELECT DISTINCT account FROM member
			WHERE key BETWEEN +? AND +? AND account BETWEEN +? AND +?
			LIMIT +?`, keys.first, keys.last, first[:], last[:], mostSharing)
		if err != nil {
			return nil, fmt.Errorf("read directory: %w", err)
		}
	}
	return accounts, nil
}
