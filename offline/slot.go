package offline

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// probes is how many places from its own on an identifier may stand at.
const probes = 8

var errNoPlace = errors.New("keep identifier: no place is free near its own")

// slot is where a keyed hash stands in the directory: from its own key on the
// first place that was free. 48 bits find the place and 48 others tell the
// hashes there apart.
type slot struct {
	key  int64 // its own place
	rest [6]byte
}

func slotOf(hash ledger.KeyedHash) (s slot) {
	for _, b := range hash[:6] {
		s.key = s.key<<8 | int64(b)
	}
	copy(s.rest[:], hash[10:])
	return s
}

// last is the last place where s may stand.
func (s slot) last() int64 { return s.key + probes - 1 }

// holder is who stands at a place of the directory.
type holder struct {
	key     int64
	rest    [6]byte
	account ledger.AccountID
}

// is reports whether h stands there by an identifier's hash.
func (h holder) is(s slot) bool { return h.rest == s.rest && s.key <= h.key && h.key <= s.last() }

func readHolders(tx *sqlitedb.Tx, query string, args ...any) (found []holder, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read directory: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var h holder
		var rest, account []byte
		if err := rows.Scan(&h.key, &rest, &account); err != nil {
			return nil, fmt.Errorf("read directory: %w", err)
		}
		copy(h.rest[:], rest)
		copy(h.account[:], account)
		found = append(found, h)
	}
	return found, rows.Err()
}

// holdersOf gives the rows of an account.
func holdersOf(tx *sqlitedb.Tx, account ledger.AccountID) (found []holder, err error) {
	places, err := readPlaces(tx, account)
	if err != nil {
		return nil, err
	}
	for _, keys := range rangesOf(account, places) {
		some, err := readHolders(tx, `
			SELECT key, rest, account
			FROM member
			WHERE key BETWEEN +? AND +? AND account = +?`, keys.first, keys.last, account[:])
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

// place gives where an identifier stands and whose it is there, or the place
// where it can stand, which is nobody's.
func (s slot) place(tx *sqlitedb.Tx) (h holder, err error) {
	near, err := readHolders(tx, `
		SELECT key, rest, account
		FROM member
		WHERE key BETWEEN +? AND +?
		ORDER BY key`, s.key, s.last())
	if err != nil {
		return h, err
	}
	free := s.key
	for _, h := range near {
		if h.rest == s.rest {
			return h, nil
		}
		if h.key == free {
			free++
		}
	}
	if free > s.last() {
		return h, errNoPlace
	}
	return holder{key: free, rest: s.rest}, nil
}

// unnamed gives a free place for an account without identifiers.
func unnamed(tx *sqlitedb.Tx, account ledger.AccountID) (key int64, err error) {
	keys := unnamedKeys(account)
	taken, err := readHolders(tx, `
		SELECT key, rest, account
		FROM member
		WHERE key BETWEEN +? AND +?
		ORDER BY key DESC`, keys.first, keys.last)
	if err != nil {
		return 0, err
	}
	for key = keys.last; len(taken) > 0 && taken[0].key == key; key-- {
		taken = taken[1:]
	}
	if key < keys.first {
		return 0, errNoPlace
	}
	return key, nil
}
