package hq

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Who referred a member is known by the code that she was enrolled with. It is
// made of an account, so it is looked up among those, and a household has one; the
// enroll of that account may come later than the friend's sale, by as much as its
// till is silent.

// codeWait is how long an intent waits for whoever has its code: as long as a
// till may be silent before anything is taken back from it.
const codeWait = 30 * 24 * time.Hour

// Why nobody gets what an entry gives to a referrer.
const (
	noSuchCode   = "no member has the code"
	sharedCode   = "two members have the code"
	ownCode      = "the code is her own"
	anotherFirst = "she was enrolled with another referrer before, or with none"
)

// referrerOf finds to whom an intent is to be posted; "" is nobody yet. dropped
// says why it will never be anybody.
func (h *Headquarters) referrerOf(tx *database.Tx, in keptIntent) (to books.Holder, dropped string, err error) {
	if in.Referral.Code == "" {
		to, err = records.Survivor(tx, books.HolderOf(in.Referral.Account))
		return to, "", err
	}
	friend, err := records.Survivor(tx, in.from)
	if err != nil {
		return "", "", err
	}
	if first, err := h.isHers(tx, friend, in); err != nil || !first {
		return "", anotherFirst, err
	}
	found, err := coded(tx, in.Referral.Code)
	switch {
	case err != nil || len(found) == 0:
		return "", "", err
	case len(found) > 1:
		return "", sharedCode, nil
	case found[0] == friend:
		return "", ownCode, nil
	}
	return found[0], "", nil
}

// isHers reports whether a code is the one that a friend was first enrolled with,
// under the program that gives.
// While her enroll is not here its till is believed.
func (h *Headquarters) isHers(tx *database.Tx, friend books.Holder, in keptIntent) (bool, error) {
	b, err := records.OpenBooks(tx, friend)
	if err != nil {
		return false, err
	}
	a, err := b.Account(in.Program)
	if err != nil || a.State.Referrer != "" {
		return err == nil && a.State.Referrer == in.Referral.Code, err
	}
	enrolled, err := records.HasMembers(tx, friend)
	return !enrolled, err
}

// coded returns the accounts that a code leads to, each by who survives.
func coded(tx *database.Tx, code ledger.ReferralCode) (found []books.Holder, err error) {
	first, last := code.Accounts()
	accounts, err := records.ReadHolders(tx, `
		SELECT account FROM claim_account WHERE account BETWEEN $1 AND $2
		UNION
		SELECT account FROM account WHERE account BETWEEN $3 AND $4`, first, last, first, last)
	if err != nil {
		return nil, fmt.Errorf("look up a member's code: %w", err)
	}
	for _, account := range accounts {
		to, err := records.Survivor(tx, account)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(found, to) {
			found = append(found, to)
		}
	}
	return found, nil
}

// overdue reports whether an intent has waited long enough. While the clock is
// not believed nothing has.
func (h *Headquarters) overdue(in keptIntent) bool { return in.until != 0 && in.until <= h.time() }

// wait keeps an intent until somebody is enrolled who has its code.
func (in keptIntent) wait(tx *database.Tx, now ledger.Millis) error {
	until := in.until
	if until == 0 {
		until = now.Add(codeWait)
	}
	_, err := tx.Exec(`UPDATE referral SET code = $1, until_ms = $2 WHERE account = $3 AND entry = $4`,
		in.Referral.Code, until, in.from, in.Entry)
	if err != nil {
		return fmt.Errorf("let a referral wait: %w", err)
	}
	return nil
}

// wakeReferrals lets intents be tried again that waited for those who were
// enrolled by items. One that is missed is tried when its time is over.
func (h *Headquarters) wakeReferrals(ctx context.Context, items []*books.Item) error {
	var codes []ledger.ReferralCode
	for _, it := range items {
		if it.Passed != "" || it.Entry.Kind != ledger.Enroll {
			continue
		}
		account, _ := it.Entry.Subject.Account() // it was checked when it was read
		codes = append(codes, ledger.ReferralCodeOf(account))
	}
	if len(codes) == 0 {
		return nil
	}
	return h.update(ctx, func(tx *database.Tx) error {
		for _, code := range codes {
			if _, err := tx.Exec(`UPDATE referral SET code = '' WHERE code = $1`, code); err != nil {
				return fmt.Errorf("wake referrals: %w", err)
			}
		}
		return nil
	})
}
