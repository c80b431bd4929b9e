package hq

import (
	"cmp"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// members are an account's members as the store knows them: those who are known
// here, and what its own tills list of them and of others.
func (w *feedWriter) members(t *telling) (members []ledger.Housemate) {
	for _, m := range t.people {
		members = append(members, t.housemate(m.ID, records.MaskOf(m.Person), w.store.HashesOf(m)...))
	}
	for _, l := range t.listings {
		if l.Store == w.store.ID {
			members = t.addListing(members, l)
		}
	}
	return members
}

// housemate is a member with what conditions may ask of her.
func (t *telling) housemate(id books.Holder, name string, identifiers ...ledger.KeyedHash) ledger.Housemate {
	p := t.profiles[id]
	return ledger.Housemate{
		Member: id.Member(), Identifiers: identifiers, Name: name, BirthMonth: p.BirthMonth, Segments: p.Segments,
	}
}

// addListing adds an identifier that tills list to the member it is of, unless
// somebody of the account is found by it.
func (t *telling) addListing(members []ledger.Housemate, l records.Listing) []ledger.Housemate {
	has := func(hash ledger.KeyedHash) bool { return hash.Abridged() == l.Hash }
	if slices.ContainsFunc(members, func(m ledger.Housemate) bool { return slices.ContainsFunc(m.Identifiers, has) }) {
		return members
	}
	id := cmp.Or(l.Member, t.holder)
	i := slices.IndexFunc(members, func(m ledger.Housemate) bool { return m.Member == id.Member() })
	if i < 0 {
		return append(members, t.housemate(id, l.Name, l.Hash))
	}
	members[i].Identifiers = append(members[i].Identifiers, l.Hash)
	return members
}

// householdRow tells who is in an account, where that is more than its own member,
// or was told to be before. Tills of the release before would not understand such a
// row, and headquarters of it would send it to them: it stands apart.
func householdRow(id ledger.AccountID, version uint64, members []ledger.Housemate) feedRow {
	household := &ledger.Household{Account: id}
	if len(members) > 1 || len(members) == 1 && members[0].Member != ledger.MemberID(id) {
		household.Members = members
	}
	return feedRow{
		version: version, ended: len(household.Members) == 0,
		change: ledger.Change{Kind: ledger.HouseholdChange, Key: id.String(), Household: household},
	}
}
