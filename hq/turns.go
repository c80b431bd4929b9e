package hq

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A journal that says hello with what the latest epoch did not go on from stands
// beside it: somebody put back an older disk, and then a newer one again; or there
// are two machines. Each of two that say hello before they send is given an epoch
// of its own, above the other's, in turn. So a journal that stands beside an epoch
// that itself began beside the one before is the second machine's.

// takesTurns reports whether a head stands beside a latest epoch that began beside
// what was there before it. same is the head's own life, below the latest.
func takesTurns(tx *database.Tx, t *records.Terminal, head ledger.Head, same, latest records.Life) (bool, error) {
	if head.Seq <= same.Seq {
		on, err := leadsTo(tx, t, head, latest)
		if err != nil || on {
			return false, err
		}
	}
	root, err := rootOf(tx, t, latest)
	if err != nil || root == nil {
		return false, err
	}
	before, err := lifeBelow(tx, t, latest.Epoch)
	if err != nil || !before.Known {
		return false, err
	}
	on, err := leadsTo(tx, t, *root, before)
	return !on, err
}

// leadsTo reports whether a place that came in is on the way to the end of a life.
func leadsTo(tx *database.Tx, t *records.Terminal, place ledger.Head, end records.Life) (bool, error) {
	for reach := end.Seq; end.Known && end.Epoch >= place.Epoch; {
		if end.Epoch == place.Epoch && end.Branch == place.Branch {
			return place.Seq <= reach, nil
		}
		root, err := rootOf(tx, t, end)
		if err != nil || root == nil {
			return false, err
		}
		if root.Epoch >= end.Epoch { // damaged: an epoch goes on from one below it
			return false, nil
		}
		reach = root.Seq
		if end, err = records.ReadLife(tx, t.ID, root.Epoch, root.Branch); err != nil {
			return false, err
		}
	}
	return false, nil
}

// rootOf returns the place that a life went on from; nil where that is nothing, or
// is not known here.
func rootOf(tx *database.Tx, t *records.Terminal, of records.Life) (*ledger.Head, error) {
	if of.Began.IsZero() {
		return nil, nil
	}
	root := ledger.Head{Hash: of.Began}
	err := tx.QueryRow(`
		SELECT epoch, branch, seq FROM intake
		WHERE terminal = $1 AND link = $2 AND epoch < $3
		ORDER BY epoch DESC, branch DESC, seq DESC
		LIMIT 1`, t.ID, of.Began, of.Epoch).Scan(&root.Epoch, &root.Branch, &root.Seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up where epoch %d began: %w", of.Epoch, err)
	}
	return &root, nil
}

// lifeBelow returns the highest epoch below one of which anything came in.
func lifeBelow(tx *database.Tx, t *records.Terminal, epoch ledger.Epoch) (records.Life, error) {
	l := records.Life{Known: true}
	err := tx.QueryRow(`
		SELECT epoch, branch, began_from, seq, head
		FROM epoch
		WHERE terminal = $1 AND epoch < $2
		ORDER BY epoch DESC, branch
		LIMIT 1`, t.ID, epoch).
		Scan(&l.Epoch, &l.Branch, &l.Began, &l.Seq, &l.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return records.Life{}, nil
	}
	if err != nil {
		return l, fmt.Errorf("read epoch: %w", err)
	}
	return l, nil
}
