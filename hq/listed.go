package hq

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// mostListed bounds the rows that are kept of one store: its tills are to list
// what a backup did not have, not to fill the disk.
const mostListed = 1_000_000

// takeListing keeps what a terminal's directory lists and this headquarters
// forgot, and says what it wants next.
func (h *Headquarters) takeListing(ctx context.Context, from ledger.TerminalID, said wire.Listing) (wanted wire.Wanted, err error) {
	if len(said.Rows) > wire.MaxListed {
		return wanted, wire.Refuse(wire.CodeTooLarge, "")
	}
	var left int
	err = h.update(ctx, func(tx *database.Tx) error {
		t, err := records.ReadTerminal(tx, from)
		if err != nil {
			return err
		}
		if t.Fenced {
			return wire.Refuse(wire.CodeFenced, "")
		}
		if wanted, err = readWanted(tx, from); err != nil || wanted.Enough {
			return err
		}
		if left, err = h.keepListed(tx, t.Store, said.Rows); err != nil {
			return err
		}
		if n := len(said.Rows); n > 0 {
			wanted.After = said.Rows[n-1].Hash
		}
		wanted.Enough = said.Last
		_, err = tx.Exec(`UPDATE awaited SET listed = $1, listed_up_to = $2 WHERE terminal = $3`, said.Last, wanted.After, from)
		return err
	})
	if err != nil {
		return wire.Wanted{}, err
	}
	if left > 0 {
		h.notify(event.Event{What: event.ListedFull, Terminal: from, Reason: fmt.Sprintf("%d identifiers were left out", left)})
	}
	h.intake.raise()
	return wanted, nil
}

// readWanted says what a terminal is to list next: nothing, where nobody waits
// for it. Rows were dated as time says, which is never long before the mark.
func readWanted(tx *database.Tx, from ledger.TerminalID) (wanted wire.Wanted, err error) {
	wanted.Enough = true
	err = tx.QueryRow(`
		SELECT a.listed, a.listed_up_to, c.known_until_ms
		FROM awaited a
		JOIN chain c ON c.one = 1
		WHERE a.terminal = $1`, from).
		Scan(&wanted.Enough, &wanted.After, &wanted.Since)
	wanted.Since = max(wanted.Since.Add(-markEvery), 0)
	if err := records.OrNone(err); err != nil {
		return wanted, fmt.Errorf("read awaited terminal: %w", err)
	}
	return wanted, nil
}

// keepListed keeps the rows that nobody here is found by, and returns how many
// there was no room for.
func (h *Headquarters) keepListed(tx *database.Tx, at ledger.StoreID, rows []ledger.Listed) (left int, err error) {
	store, err := records.ReadStore(tx, h.keys, at)
	if err != nil {
		return 0, err
	}
	var have int
	if err := tx.QueryRow(`SELECT count(*) FROM listed WHERE store = $1`, at).Scan(&have); err != nil {
		return 0, fmt.Errorf("count what is listed: %w", err)
	}
	for _, row := range rows {
		if row.Account.IsZero() || len(row.Name) > records.MaxName {
			return 0, wire.Refuse(wire.CodeInvalid, "a row lists no account, or a name that is too long")
		}
		of, err := records.Survivor(tx, books.HolderOf(row.Account))
		if err != nil {
			return 0, err
		}
		member := ""
		if !row.Member.IsZero() {
			member = row.Member.String()
		}
		if erased, err := records.IsErased(tx, cmp.Or(books.Holder(member), of)); err != nil || erased {
			if err != nil {
				return 0, err
			}
			continue // its till has not heard
		}
		row.Hash = row.Hash.Abridged()
		known, err := findsBy(tx, h.keys, store, row.Hash, of)
		if err != nil {
			return 0, err
		}
		switch {
		case known:
			continue
		case have >= mostListed:
			left++
			continue
		}
		_, err = tx.Exec(`
			INSERT INTO listed (store, hash, account, member, name)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (store, hash) DO NOTHING`, at, row.Hash, of, member, row.Name)
		if err != nil {
			return 0, fmt.Errorf("keep what is listed: %w", err)
		}
		have++
	}
	return left, nil
}

// findsBy reports whether an account's members have an identifier with this hash
// at a store.
func findsBy(tx *database.Tx, k keyring.Ring, store records.Store, hash ledger.KeyedHash, of books.Holder) (bool, error) {
	members, err := records.MembersOf(tx, of)
	if err != nil {
		return false, err
	}
	people, err := records.ReadPeople(tx, k, members)
	return slices.ContainsFunc(people, func(m records.Housemate) bool {
		return slices.ContainsFunc(store.HashesOf(m), func(has ledger.KeyedHash) bool { return has.Abridged() == hash })
	}), err
}
