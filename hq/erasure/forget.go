package erasure

import (
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Forget deletes all that says who a member is or that she is found by, and keeps that
// she was erased: under the erasure's serial, or, where it has none yet, the next. What
// she was named by is hers beside what she has claims to. Her account's ledger hears of
// it by Enter. It returns traces of what it deleted, by which the files are searched.
func (x *Erasure) Forget(tx *database.Tx, k keyring.Ring, named ...ledger.KeyedHash) (traces [][]byte, err error) {
	if x.Serial == 0 {
		if x.Serial, err = nextSerial(tx, x.At); err != nil {
			return nil, err
		}
	}
	hashes, err := identifiersOf(tx, k, x.Member, named)
	if err != nil {
		return nil, err
	}
	if traces, err = tracesOf(tx, k, x.Member); err != nil {
		return nil, err
	}
	if err := x.add(tx); err != nil {
		return nil, err
	}
	gone, err := x.forgetAttachments(tx, k, hashes)
	if err != nil {
		return nil, err
	}
	traces = append(traces, gone...)
	for _, hash := range hashes {
		_, err := tx.Exec(`
			INSERT INTO erased_identifier (hash, serial_ms, member)
			VALUES ($1, $2, $3)
			ON CONFLICT (hash, serial_ms) DO NOTHING`, hash, x.Serial, x.Member)
		if err != nil {
			return nil, fmt.Errorf("keep what was erased: %w", err)
		}
	}
	return traces, x.forgetRows(tx, hashes)
}

// tracesOf are byte strings that only rows of a person's own have: her wrapped key,
// and how stores find her.
func tracesOf(tx *database.Tx, k keyring.Ring, member books.Holder) (traces [][]byte, err error) {
	var wrapped []byte
	err = tx.QueryRow(`SELECT wrapped_key FROM person WHERE account = $1`, member).Scan(&wrapped)
	if err := records.OrNone(err); err != nil {
		return nil, fmt.Errorf("read person: %w", err)
	}
	if len(wrapped) == 0 {
		return nil, nil
	}
	who := records.Housemate{ID: member}
	if who.Person, err = records.ReadPerson(tx, k, member); err != nil {
		return nil, err
	}
	if who.Cards, err = records.ReadCards(tx, k, member); err != nil {
		return nil, err
	}
	stores, err := records.ReadStores(tx, k)
	if err != nil {
		return nil, err
	}
	traces = append(traces, wrapped)
	for _, store := range stores {
		for _, hash := range store.HashesOf(who) {
			text, err := hash.MarshalText()
			if err != nil {
				return nil, err
			}
			traces = append(traces, text)
		}
	}
	return traces, nil
}

// identifiersOf returns the keyed hashes of all that finds a member, and what she was
// named by.
func identifiersOf(tx *database.Tx, k keyring.Ring, member books.Holder, named []ledger.KeyedHash) ([]ledger.KeyedHash, error) {
	hashes := map[ledger.KeyedHash]bool{}
	for _, hash := range named {
		hashes[hash] = true
	}
	rows, err := tx.Query(`
		SELECT hash FROM claim_identifier WHERE account = $1
		UNION SELECT hash FROM person_card WHERE account = $2`, member, member)
	if err != nil {
		return nil, fmt.Errorf("read identifiers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var hash ledger.KeyedHash
		if err := rows.Scan(&hash); err != nil {
			return nil, fmt.Errorf("read identifiers: %w", err)
		}
		hashes[hash] = true
	}
	if err := rows.Close(); err != nil {
		return nil, fmt.Errorf("read identifiers: %w", err)
	}
	sorted := slices.SortedFunc(maps.Keys(hashes), func(a, b ledger.KeyedHash) int { return slices.Compare(a[:], b[:]) })
	return sorted, nil
}

// forgetRows deletes rows of her, and those by which stores find her.
func (x *Erasure) forgetRows(tx *database.Tx, hashes []ledger.KeyedHash) error {
	for _, statement := range []string{
		`DELETE FROM person WHERE account = $1`,
		`DELETE FROM person_card WHERE account = $1`,
		`DELETE FROM claim_identifier WHERE account = $1`,
		`DELETE FROM membership WHERE member = $1`,
		`DELETE FROM listed WHERE account = $1 AND member = ''`,
		`DELETE FROM listed WHERE member = $1`,
	} {
		if _, err := tx.Exec(statement, x.Member); err != nil {
			return fmt.Errorf("forget member: %w", err)
		}
	}
	for _, hash := range hashes {
		if _, err := tx.Exec(`DELETE FROM suspect WHERE hash = $1`, hash); err != nil {
			return fmt.Errorf("forget member: %w", err)
		}
	}
	ids, err := x.accounts(tx)
	if err != nil {
		return err
	}
	for _, id := range append(ids, x.Account) { // that of a household is told anew
		for _, statement := range []string{
			`DELETE FROM feed WHERE store IN (SELECT store FROM store) AND kind = 'account' AND key = $1`,
			`DELETE FROM feed_apart WHERE store IN (SELECT store FROM store) AND kind = 'household' AND key = $1`,
			`DELETE FROM feed_pin WHERE store IN (SELECT store FROM store) AND kind = 'pin' AND key = $1`,
		} {
			if _, err := tx.Exec(statement, id); err != nil {
				return fmt.Errorf("forget member: %w", err)
			}
		}
	}
	return posting.Touch(tx, x.Account)
}

// accounts are the ids that were hers alone: her own, and where she was alone in an
// account its id and those that lead to it.
func (x *Erasure) accounts(tx *database.Tx) ([]books.Holder, error) {
	if !x.Alone {
		return []books.Holder{x.Member}, nil
	}
	lead, err := records.ReadHolders(tx, `
		SELECT f.account
		FROM forward f
		WHERE f.to_account = $1 AND f.account <> $2 AND NOT EXISTS (
			SELECT 1 FROM membership m WHERE m.member = f.account AND m.account <> f.to_account)
		ORDER BY f.account`, x.Account, x.Member)
	hers := []books.Holder{x.Member}
	if x.Account != x.Member {
		hers = append(hers, x.Account)
	}
	for _, of := range lead {
		if _, isAccount := of.Account(); isAccount { // and no suspect's
			hers = append(hers, of)
		}
	}
	return hers, err
}
