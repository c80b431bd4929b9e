package audit

import (
	"errors"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// pages lets SQLite look at its own pages and indexes. It is no oracle: what
// it calls whole may have other values than were written. PostgreSQL has no
// such question to every user: its pages are its keeper's (pg_amcheck,
// checksums).
func (a *Auditor) pages() error {
	if a.File == "" {
		return nil
	}
	rows, err := a.tx.Query(`PRAGMA integrity_check(20)`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var says string
		if err := rows.Scan(&says); err != nil {
			return err
		}
		if says != "ok" {
			a.find(a.File, "damaged: %s", says)
		}
	}
	return rows.Close()
}

// people checks that each claimed identifier leads to a person who has it, and
// that she can be read. A claim comes a commit before its person: where the
// projector was stopped in between, it goes on from there.
func (a *Auditor) people() error {
	rows, err := a.tx.Query(`SELECT hash, account, entry FROM claim_identifier`)
	if err != nil {
		return err
	}
	defer rows.Close()
	claims := map[ledger.KeyedHash]books.Holder{}
	for rows.Next() {
		var hash ledger.KeyedHash
		var of books.Holder
		var entry ledger.EntryID
		if err := rows.Scan(&hash, &of, &entry); err != nil {
			return err
		}
		if !a.underway[entry] {
			claims[hash] = of
		}
	}
	if err := rows.Close(); err != nil {
		return err
	}
	for hash, of := range claims {
		if err := a.person(hash, of); err != nil {
			return err
		}
	}
	if err := a.erased(); err != nil {
		return err
	}
	return a.unclaimed()
}

// erased finds what is kept of members who were erased.
func (a *Auditor) erased() error {
	left, err := records.ReadHolders(a.tx, `
		SELECT x.member
		FROM erasure x
		WHERE EXISTS (SELECT 1 FROM person p WHERE p.account = x.member)
		   OR EXISTS (SELECT 1 FROM person_card c WHERE c.account = x.member)
		   OR EXISTS (SELECT 1 FROM claim_identifier i WHERE i.account = x.member)
		   OR EXISTS (SELECT 1 FROM membership m WHERE m.member = x.member)
		ORDER BY x.member`)
	for _, of := range left {
		a.find("member "+string(of), "was erased, and something of her is here")
	}
	return err
}

// unclaimed finds cards that people have and nobody, or somebody else, is found
// by.
func (a *Auditor) unclaimed() error {
	rows, err := a.tx.Query(`
		SELECT p.account
		FROM person_card p LEFT JOIN claim_identifier c ON c.hash = p.hash
		WHERE coalesce(c.account, '') <> p.account`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var of books.Holder
		if err := rows.Scan(&of); err != nil {
			return err
		}
		a.find(string(of), "its person has a card that it is not found by")
	}
	return rows.Close()
}

func (a *Auditor) person(hash ledger.KeyedHash, of books.Holder) error {
	a.step()
	who, err := records.ReadPerson(a.tx, a.Keys, of)
	var cards map[ledger.KeyedHash]string
	if err == nil && who != nil {
		cards, err = records.ReadCards(a.tx, a.Keys, of)
	}
	switch {
	case errors.Is(err, keys.ErrOpen):
		a.find(string(of), "its person cannot be read: another key, or changed")
		return nil
	case err != nil:
		return err
	case who == nil:
		a.find(string(of), "its person is missing")
	case a.Keys.Blind(ledger.PhoneIdentifier, who.Phone.E164) == hash:
	case a.Keys.Blind(ledger.CardIdentifier, cards[hash]) != hash:
		a.find(string(of), "its person has another number than it is found by")
	}
	return nil
}
