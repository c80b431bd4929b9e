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
// or was told to be before.
func (w *feedWriter) putHousehold(id ledger.AccountID, t *telling, members []ledger.Housemate) error {
	household := &ledger.Household{Account: id}
	if len(members) > 1 || len(members) == 1 && members[0].Member != ledger.MemberID(id) {
		household.Members = members
	}
	if len(household.Members) == 0 {
		var told bool
		err := w.tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM feed_apart WHERE store = $1 AND kind = $2 AND key = $3)`,
			w.store.ID, ledger.HouseholdChange, id.String()).Scan(&told)
		if err != nil {
			return fmt.Errorf("read feed: %w", err)
		}
		if !told {
			return nil
		}
	}
	return w.put(t.version, ledger.Change{Kind: ledger.HouseholdChange, Key: id.String(), Household: household})
}
