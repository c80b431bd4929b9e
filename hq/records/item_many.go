package records

import (
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

var itemsAt = database.Many{Head: `
	SELECT terminal, epoch, branch, ` + itemColumns + `
	FROM intake
	WHERE (terminal, epoch, branch, seq) IN (VALUES`, Tail: `)`}

// Items are what stands at places.
type Items map[ledger.Place]*item

// item is what stands at a place, or why it cannot be said.
type item struct {
	*books.Item
	err error
}

// ItemsAt reads what stands at many places, each as ItemAt does.
func ItemsAt(tx *database.Tx, k Known, lanes *Lanes, places []ledger.Place) (Items, error) {
	found, read := Items{}, []*books.Item{}
	for _, at := range places {
		found[at] = new(item)
	}
	err := tx.QueryMany(itemsAt, listOfPlaces(slices.Collect(maps.Keys(found))), func(rows *database.Rows) error {
		it := new(books.Item)
		if err := scanItem(it, rows, &it.Place.Terminal, &it.Place.Epoch, &it.Place.Branch); err != nil {
			return err
		}
		found[it.Place].Item = it
		read = append(read, it)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read intake: %w", err)
	}
	decodeAll(read)
	for at, it := range found {
		it.understand(tx, k, lanes.of(at.Terminal), at)
	}
	return found, nil
}

func (it *item) understand(tx *database.Tx, k Known, from lane, at ledger.Place) {
	switch {
	case from.err != nil:
		it.err = from.err
	case it.Item == nil || it.Entry == nil:
		it.err = unreadable(at)
	default:
		it.Enrolled, it.Zone = from.enrolled, from.zone
		if it.Passed == "" {
			it.err = understand(tx, k, it.Item)
		}
	}
}

// At is ItemAt of a place that was read. The item is the caller's own.
func (all Items) At(at ledger.Place) (*books.Item, error) {
	have := all[at]
	if have.err != nil {
		return nil, have.err
	}
	own := *have.Item
	return &own, nil
}

// Hashes are HashesAt of the places that were read.
func (all Items) Hashes() map[ledger.Place]ledger.Hash {
	hashes := map[ledger.Place]ledger.Hash{}
	for at, have := range all {
		if have.Item != nil {
			hashes[at] = have.Hash
		}
	}
	return hashes
}

var hashesAt = database.Many{Head: `
	SELECT terminal, epoch, branch, seq, body_hash
	FROM intake
	WHERE (terminal, epoch, branch, seq) IN (VALUES`, Tail: `)`}

// HashesAt are those that the bodies at places came with.
func HashesAt(tx *database.Tx, places []ledger.Place) (map[ledger.Place]ledger.Hash, error) {
	found := map[ledger.Place]ledger.Hash{}
	err := tx.QueryMany(hashesAt, listOfPlaces(places), func(rows *database.Rows) error {
		var at ledger.Place
		var hash ledger.Hash
		err := rows.Scan(&at.Terminal, &at.Epoch, &at.Branch, &at.Seq, &hash)
		found[at] = hash
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read intake: %w", err)
	}
	return found, nil
}

// listOfPlaces are places as the list of a statement.
func listOfPlaces(places []ledger.Place) [][]any {
	list := make([][]any, len(places))
	for i, p := range places {
		list[i] = []any{p.Terminal, p.Epoch, p.Branch, p.Seq}
	}
	return list
}
