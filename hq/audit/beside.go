package audit

import (
	"maps"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// beside is what stands beside rows of ledgers, read for many of them at once.
type beside struct {
	hashes map[ledger.Place]ledger.Hash // of the bodies that came, as they were told
	own    map[entryOf]ledger.SignedEntry
	// What is asked where rows are decided again: what came, and who was first to have
	// its id, and the key of its sale or return.
	items   records.Items
	claimed map[ledger.EntryID]claimed
	sales   map[ledger.SaleRef]ledger.EntryID
}

// entryOf names an entry in a ledger.
type entryOf struct {
	of    books.Holder
	entry ledger.EntryID
}

// claimed is what an entry's id was taken for.
type claimed struct {
	of   books.Holder // empty where it was not resolved yet
	body ledger.Hash
}

// readBeside reads what stands beside rows that are looked at next. Where it cannot be
// read together it is read row by row: one cell that is damaged hides nothing of others.
func (a *Auditor) readBeside(rows []*ledgerRow) (err error) {
	if a.beside, err = a.besideOf(rows); err == nil || database.EndsAll(err) {
		return err
	}
	a.beside = newBeside()
	for _, r := range rows {
		one, err := a.besideOf([]*ledgerRow{r})
		if database.EndsAll(err) {
			return err
		}
		if r.unasked = err; err == nil {
			a.beside.add(one)
		}
	}
	return nil
}

func newBeside() beside {
	return beside{
		hashes: map[ledger.Place]ledger.Hash{}, own: map[entryOf]ledger.SignedEntry{}, items: records.Items{},
		claimed: map[ledger.EntryID]claimed{}, sales: map[ledger.SaleRef]ledger.EntryID{},
	}
}

func (b *beside) add(more beside) {
	maps.Copy(b.hashes, more.hashes)
	maps.Copy(b.own, more.own)
	maps.Copy(b.items, more.items)
	maps.Copy(b.claimed, more.claimed)
	maps.Copy(b.sales, more.sales)
}

func (a *Auditor) besideOf(rows []*ledgerRow) (b beside, err error) {
	var places []ledger.Place
	var own []entryOf
	for _, r := range rows {
		if r.decision.Place != nil {
			places = append(places, *r.decision.Place)
		} else {
			own = append(own, entryOf{r.of, r.decision.Entry})
		}
	}
	if b.own, err = readOwn(a.tx, own); err != nil {
		return b, err
	}
	if a.again != nil {
		return b, a.readAgain(&b, places)
	}
	b.hashes, err = records.HashesAt(a.tx, places)
	return b, err
}

// readAgain reads what rows are decided again by.
func (a *Auditor) readAgain(b *beside, places []ledger.Place) (err error) {
	if b.items, err = records.ItemsAt(a.tx, a.known(), a.lanes, places); err != nil {
		return err
	}
	b.hashes = b.items.Hashes()
	var entries []ledger.EntryID
	var keys []ledger.SaleRef
	for _, at := range places {
		it, err := b.items.At(at)
		if err != nil {
			continue // whoever decides it again is told
		}
		entries = append(entries, it.Entry.ID)
		if key, has := saleKey(it); has {
			keys = append(keys, key)
		}
	}
	if b.claimed, err = readClaimed(a.tx, entries); err != nil {
		return err
	}
	b.sales, err = records.ClaimedSales(a.tx, keys)
	return err
}

// known is what entries are read by.
func (a *Auditor) known() records.Known {
	return records.Known{Keys: a.Keys, Programs: a.Programs.Load()}
}

var (
	ownEntries = database.Many{Head: `
		SELECT account, entry, body, signature
		FROM own_entry
		WHERE (account, entry) IN (VALUES`, Tail: `)`}
	claims = database.Many{Head: `
		SELECT entry, coalesce(account, ''), body_hash
		FROM claim_entry
		WHERE entry IN (VALUES`, Tail: `)`}
	standing = database.Many{Head: `
		SELECT account, entry
		FROM ledger
		WHERE (account, entry) IN (VALUES`, Tail: `)`}
)

func readOwn(tx *database.Tx, list []entryOf) (map[entryOf]ledger.SignedEntry, error) {
	found := map[entryOf]ledger.SignedEntry{}
	err := tx.QueryMany(ownEntries, listOf(list), func(rows *database.Rows) error {
		var key entryOf
		var own ledger.SignedEntry
		err := rows.Scan(&key.of, &key.entry, &own.Body, &own.Signature)
		found[key] = own
		return err
	})
	return found, err
}

// readClaimed reads what the ids of entries were taken for.
func readClaimed(tx *database.Tx, entries []ledger.EntryID) (map[ledger.EntryID]claimed, error) {
	list := make([][]any, len(entries))
	for i, id := range entries {
		list[i] = []any{id}
	}
	found := map[ledger.EntryID]claimed{}
	err := tx.QueryMany(claims, list, func(rows *database.Rows) error {
		var id ledger.EntryID
		var c claimed
		err := rows.Scan(&id, &c.of, &c.body)
		found[id] = c
		return err
	})
	return found, err
}

// stand are those of entries that ledgers have.
func stand(tx *database.Tx, list []entryOf) (map[entryOf]bool, error) {
	found := map[entryOf]bool{}
	err := tx.QueryMany(standing, listOf(list), func(rows *database.Rows) error {
		var key entryOf
		err := rows.Scan(&key.of, &key.entry)
		found[key] = true
		return err
	})
	return found, err
}

func listOf(entries []entryOf) [][]any {
	list := make([][]any, len(entries))
	for i, e := range entries {
		list[i] = []any{e.of, e.entry}
	}
	return list
}
