package offline

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// place is where a row of an account stands, as whereabouts has it: the third byte
// of the account and the first three of the row's key. Of ten million rows fewer than
// one stands between two such keys, so whoever looks there finds hers or nobody's.
type place [4]byte

const (
	// keyShift is what a place leaves out of a key.
	keyShift = 24
	lastKey  = 1<<24 - 1
)

// begins is where the places of an account are kept.
func begins(account ledger.AccountID) int64 { return int64(binary.BigEndian.Uint16(account[:2])) }

func placeOf(account ledger.AccountID, key int64) (p place) {
	binary.BigEndian.PutUint32(p[:], uint32(min(key>>keyShift, lastKey)))
	p[0] = account[2]
	return p
}

// keyRange has both of its ends.
type keyRange struct{ first, last int64 }

// keys are those of which a place may be.
func (p place) keys() keyRange {
	p[0] = 0
	first := int64(binary.BigEndian.Uint32(p[:]))
	if first == lastKey {
		return keyRange{first << keyShift, math.MaxInt64} // one moved on from the last of all
	}
	return keyRange{first << keyShift, (first+1)<<keyShift - 1}
}

// unnamedKeys are where an account may stand that nothing leads to.
func unnamedKeys(account ledger.AccountID) keyRange {
	at := -1 - int64(binary.BigEndian.Uint64(account[:8])>>16)
	return keyRange{at - probes + 1, at}
}

// rangesOf gives where an account's rows may stand by the places of its kind.
func rangesOf(account ledger.AccountID, places []byte) (ranges []keyRange) {
	for p := range slices.Chunk(places, len(place{})) {
		if len(p) < len(place{}) || p[0] != account[2] { // one that is damaged may end in the middle
			continue
		}
		if keys := place(p).keys(); !slices.Contains(ranges, keys) { // two of her rows may stand near each other
			ranges = append(ranges, keys)
		}
	}
	return append(ranges, unnamedKeys(account))
}

// seek has look read each range of keys where rows of an account may stand, until it
// has found one. Its statements see different states of the directory: where none of
// them finds a row, it looks again until no row has moved meanwhile.
func (v *View) seek(ctx context.Context, account ledger.AccountID, look func(keyRange) (found bool, err error)) error {
	if keys, ok := v.recent.keys(account); ok {
		if found, err := look(keys); found || err != nil {
			return err
		}
	}
	var before []byte
	for again := false; ; again = true {
		places, err := v.places(ctx, account)
		if err != nil || again && bytes.Equal(places, before) {
			return err
		}
		for _, keys := range rangesOf(account, places) {
			if found, err := look(keys); found || err != nil {
				return err
			}
		}
		before = places
	}
}

const placesOf = `SELECT places FROM whereabouts WHERE begins = +?`

func (v *View) places(ctx context.Context, account ledger.AccountID) (places []byte, err error) {
	err = v.directory.Lookup(ctx, func(row *sqlitedb.Values) error {
		places = row.Blob(0)
		return nil
	}, placesOf, begins(account))
	if err != nil {
		return nil, fmt.Errorf("read whereabouts: %w", err)
	}
	return places, nil
}

func readPlaces(tx *sqlitedb.Tx, account ledger.AccountID) (places []byte, err error) {
	rows, err := tx.Query(placesOf, begins(account))
	if err != nil {
		return nil, fmt.Errorf("read whereabouts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&places); err != nil {
			return nil, fmt.Errorf("read whereabouts: %w", err)
		}
	}
	return places, rows.Err()
}

// stands notes that a row of an account stands at a key.
func (p *directoryPen) stands(account ledger.AccountID, key int64) error {
	if key < 0 {
		return nil
	}
	at := placeOf(account, key)
	_, err := p.tx.Exec(`
		INSERT INTO whereabouts (begins, places) VALUES (?, ?)
		ON CONFLICT (begins) DO UPDATE
		SET places = CAST(places || excluded.places AS BLOB)`, begins(account), at[:])
	if err != nil {
		return fmt.Errorf("keep whereabouts: %w", err)
	}
	return nil
}

// left notes that it stands there no more.
func (p *directoryPen) left(account ledger.AccountID, key int64) error {
	if key < 0 {
		return nil
	}
	places, err := readPlaces(p.tx, account)
	if err != nil {
		return err
	}
	at := placeOf(account, key)
	for i := 0; i+len(at) <= len(places); i += len(at) {
		if place(places[i:]) == at {
			places = slices.Delete(places, i, i+len(at))
			break
		}
	}
	if _, err := p.tx.Exec(`UPDATE whereabouts SET places = ? WHERE begins = ?`, places, begins(account)); err != nil {
		return fmt.Errorf("keep whereabouts: %w", err)
	}
	return nil
}
