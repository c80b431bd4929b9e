package offline

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Listed returns the next rows of the directory behind an identifier's, in order
// of its keys, that the feed told at a time or later, at most so many. Zero is
// before the first. A row that does not stand at its own place, which is one of
// millions, has the hash of the place it stands at: that leads to it at every
// till.
func (s *Store) Listed(ctx context.Context, since ledger.Millis, after ledger.KeyedHash, most int) (rows []ledger.Listed, err error) {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	var from int64
	if after != (ledger.KeyedHash{}) {
		from = slotOf(after).key + 1
	}
	err = s.directory.View(ctx, func(tx *sqlitedb.Tx) error {
		rows, err = readListed(tx, since, from, most)
		return err
	})
	if errors.Is(err, sqlitedb.ErrStorage) {
		err = errors.Join(err, s.mendDirectory(ctx)) // what is left is listed at the next hello
	}
	if err != nil {
		return nil, fmt.Errorf("list directory: %w", err)
	}
	return rows, nil
}

func readListed(tx *sqlitedb.Tx, since ledger.Millis, from int64, most int) ([]ledger.Listed, error) {
	found, err := tx.Query(`
		SELECT m.key, m.rest, m.account, coalesce(h.name, ''), m.name, h.member
		FROM member m LEFT JOIN household h ON h.account = m.account AND h.rest = m.rest
		WHERE m.key >= ? AND m.as_of_s >= ?
		ORDER BY m.key
		LIMIT ?`, from, int64(since)/1000, most)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var rows []ledger.Listed
	for found.Next() {
		var key int64
		var rest, account, member []byte
		var name string
		var r ledger.Listed
		if err := found.Scan(&key, &rest, &account, &r.Name, &name, &member); err != nil {
			return nil, err
		}
		r.Hash, r.Name = hashAtKey(key, rest), cmp.Or(r.Name, unpackName(name))
		copy(r.Account[:], account)
		if r.Member = ledger.MemberID(r.Account); copy(r.Member[:], member) == 0 || r.Member == ledger.MemberID(r.Account) {
			r.Member = ledger.MemberID{}
		}
		rows = append(rows, r)
	}
	return rows, found.Err()
}

// hashAtKey is what slotOf made a slot of, as far as the slot has it.
func hashAtKey(key int64, rest []byte) (hash ledger.KeyedHash) {
	var eight [8]byte
	binary.BigEndian.PutUint64(eight[:], uint64(key))
	copy(hash[:6], eight[2:])
	copy(hash[10:], rest)
	return hash
}
