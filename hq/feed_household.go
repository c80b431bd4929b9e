package hq

import (
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// members are an account's members as the store knows them: those who are known
// here, and what its own tills list of them and of others.
func (w *feedWriter) members(t *telling) (members []ledger.Housemate) {
	for _, m := range t.people {
		members = append(members, ledger.Housemate{
			Member: memberID(m.id), Identifiers: w.store.hashes(m), Name: maskOf(m.person), BirthMonth: t.months[m.id],
		})
	}
	for _, l := range t.listings {
		if l.store == w.store.ID {
			members = addListing(members, t.holder, l)
		}
	}
	return members
}

// addListing adds an identifier that tills list to the member it is of, unless
// somebody of the account is found by it.
func addListing(members []ledger.Housemate, account holder, l listing) []ledger.Housemate {
	has := func(hash ledger.KeyedHash) bool { return hash.Abridged() == l.hash }
	if slices.ContainsFunc(members, func(m ledger.Housemate) bool { return slices.ContainsFunc(m.Identifiers, has) }) {
		return members
	}
	id := memberID(account)
	if l.member != "" {
		id = memberID(l.member)
	}
	i := slices.IndexFunc(members, func(m ledger.Housemate) bool { return m.Member == id })
	if i < 0 {
		return append(members, ledger.Housemate{Member: id, Identifiers: []ledger.KeyedHash{l.hash}, Name: l.name})
	}
	members[i].Identifiers = append(members[i].Identifiers, l.hash)
	return members
}

// memberID is the id of a holder that is an account's or a member's.
func memberID(h holder) ledger.MemberID {
	id, _ := h.account()
	return ledger.MemberID(id)
}

// putHousehold tells who is in an account, where that is more than its own member,
// or was told to be before. Tills of the release before would not understand such a
// row, and headquarters of it would send it to them: it stands apart.
func (w *feedWriter) putHousehold(id ledger.AccountID, t *telling, members []ledger.Housemate) error {
	household := &ledger.Household{Account: id}
	if len(members) > 1 || len(members) == 1 && members[0].Member != ledger.MemberID(id) {
		household.Members = members
	}
	var told uint64
	err := w.tx.QueryRow(`SELECT version FROM feed_apart WHERE store = $1 AND kind = $2 AND key = $3`,
		w.store.ID, ledger.HouseholdChange, id.String()).Scan(&told)
	if err := orNone(err); err != nil {
		return fmt.Errorf("read feed: %w", err)
	}
	if told >= t.version || told == 0 && len(household.Members) == 0 {
		return nil
	}
	change := ledger.Change{Kind: ledger.HouseholdChange, Key: id.String(), Household: household}
	text, err := w.placed(&change)
	if err != nil {
		return err
	}
	_, err = w.tx.Exec(`
		INSERT INTO feed_apart (store, kind, key, version, position, change)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (store, kind, key) DO UPDATE
		SET version = excluded.version, position = excluded.position, change = excluded.change`,
		w.store.ID, change.Kind, change.Key, t.version, change.Position, text)
	if err != nil {
		return fmt.Errorf("write feed row: %w", err)
	}
	return nil
}
