package records

import (
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Known is what entries are read by: the keys that open what came with them, and
// what was published.
type Known struct {
	Keys     keyring.Ring
	Programs *publication.Programs
}

// Stretch is what the projector has before it in one branch of a journal.
type Stretch struct {
	Terminal ledger.TerminalID
	Epoch    ledger.Epoch
	Branch   ledger.Branch
	Done     ledger.Seq
	UpTo     ledger.Seq
}

// ReadItems returns the next items of a stretch, decoded; one that cannot be is
// passed over with the reason.
func ReadItems(tx *database.Tx, k Known, s Stretch, most int) ([]*books.Item, error) {
	from := NewLanes(tx).of(s.Terminal)
	if from.err != nil {
		return nil, from.err
	}
	rows, err := tx.Query(`
		SELECT `+itemColumns+`
		FROM intake
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq > $4
		ORDER BY seq
		LIMIT $5`, s.Terminal, s.Epoch, s.Branch, s.Done, most)
	if err != nil {
		return nil, fmt.Errorf("read intake: %w", err)
	}
	defer rows.Close()
	var items []*books.Item
	for rows.Next() {
		it := from.item(ledger.Place{Terminal: s.Terminal, Epoch: s.Epoch, Branch: s.Branch})
		if err := scanItem(it, rows); err != nil {
			return nil, fmt.Errorf("read intake: %w", err)
		}
		items = append(items, it)
	}
	if err := rows.Close(); err != nil {
		return nil, fmt.Errorf("read intake: %w", err)
	}
	decodeAll(items)
	for _, it := range items {
		if it.Passed != "" {
			continue
		}
		if err := understand(tx, k, it); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// item begins an item of a terminal's journal.
func (l lane) item(at ledger.Place) *books.Item {
	return &books.Item{Place: at, Enrolled: l.enrolled, Zone: l.zone}
}

const itemColumns = `seq, body, body_hash, held, received_at_ms, orig_terminal, coalesce(orig_epoch, 0),
	orig_branch, coalesce(orig_seq, 0)`

// scanItem reads itemColumns, and what stands before them.
func scanItem(it *books.Item, rows *database.Rows, before ...any) error {
	var orig ledger.Place
	var branch []byte
	err := rows.Scan(append(before, &it.Place.Seq, &it.Body, &it.Hash, &it.Held, &it.Received,
		&orig.Terminal, &orig.Epoch, &branch, &orig.Seq)...)
	if copy(orig.Branch[:], branch) > 0 {
		it.Orig = &orig
	}
	return err
}

// understand finds what an item's entry refers to, and opens its attachment.
func understand(tx *database.Tx, k Known, it *books.Item) (err error) {
	it.Program = k.Programs.Under(it)
	switch it.Entry.Kind {
	case ledger.Grant, ledger.Reclaim, ledger.Vest, ledger.Expire, ledger.Issue, ledger.Correct,
		ledger.Transfer, ledger.Merge, ledger.Segment, ledger.Import, ledger.Release, ledger.Erase:
		it.Passed = fmt.Sprintf("a till does not write a %s", it.Entry.Kind)
		return nil
	}
	if it.Orig != nil {
		if err := checkOrig(tx, it); err != nil {
			return err
		}
	}
	if err := checkRights(tx, it); err != nil || it.Passed != "" {
		return err
	}
	if it.Entry.Attachment.IsZero() {
		return nil
	}
	var cipher []byte
	err = tx.QueryRow(`SELECT data FROM attachment WHERE terminal = $1 AND hash = $2`,
		it.Place.Terminal, it.Entry.Attachment).Scan(&cipher)
	if errors.Is(err, sql.ErrNoRows) {
		if it.Erased, err = WasErased(tx, k.Keys, it, nil); err == nil && it.Erased == "" {
			it.Passed = "its attachment did not come"
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("read attachment: %w", err)
	}
	if it.Entry.Kind == ledger.Profile {
		it.Who, err = profiled(k.Keys, cipher)
	} else {
		it.Who, err = identify(k.Keys, cipher)
	}
	unread := err
	if it.Erased, err = WasErased(tx, k.Keys, it, it.Who); err != nil {
		return err
	}
	if it.Erased != "" {
		it.Who = nil
		return nil
	}
	if unread != nil && it.Entry.Kind != ledger.Sold {
		it.Passed = unread.Error()
	}
	if _, alone := it.Entry.Subject.Sale(); alone {
		it.Named, it.Who = it.Who, nil // it is hers once she confirms it
	}
	return nil // a sale whose attachment says nothing is posted to its suspect
}

// checkOrig believes the claim of a first place only where no other entry
// stands there: a copy must not write new spends into the past.
func checkOrig(tx *database.Tx, it *books.Item) error {
	o := it.Orig
	var stands ledger.Hash
	err := tx.QueryRow(`
		SELECT body_hash FROM intake
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`, o.Terminal, o.Epoch, o.Branch, o.Seq).
		Scan(&stands)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read first place: %w", err)
	}
	if stands != it.Hash {
		it.Orig = nil
	}
	return nil
}

// decodeAll reads what items say, on as many processors as there are: it is a
// third of what an entry takes. One that cannot be read is passed over.
func decodeAll(items []*books.Item) {
	var wg sync.WaitGroup
	for part := range slices.Chunk(items, max(1, (len(items)-1)/runtime.GOMAXPROCS(0)+1)) {
		wg.Go(func() {
			for _, it := range part {
				var err error
				if it.Entry, err = ledger.Decode(it.Body); err != nil {
					it.Passed = err.Error()
				}
			}
		})
	}
	wg.Wait()
}

// ItemAt reads what stands at a place, as the projector does.
func ItemAt(tx *database.Tx, k Known, at ledger.Place) (*books.Item, error) {
	items, err := ReadItems(tx, k, Stretch{Terminal: at.Terminal, Epoch: at.Epoch, Branch: at.Branch, Done: at.Seq - 1}, 1)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 || items[0].Entry == nil || items[0].Place != at {
		return nil, unreadable(at)
	}
	return items[0], nil
}

func unreadable(at ledger.Place) error { return fmt.Errorf("read %s again: it cannot be read", at) }

// SaleItem reads the sale that a ledger of its own began with.
func SaleItem(tx *database.Tx, k Known, of books.Holder) (*books.Item, error) {
	sale, _ := ledger.Subject(of).Sale()
	decisions, err := ReadDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, of, sale)
	if err != nil {
		return nil, err
	}
	if len(decisions) == 0 || decisions[0].Place == nil {
		return nil, fmt.Errorf("sale %s is not in its ledger", sale)
	}
	it, err := ItemAt(tx, k, *decisions[0].Place)
	if err != nil {
		return nil, err
	}
	it.Passed = "" // it was posted
	return it, nil
}

// ReadPlacesOf returns the places that a query selects.
func ReadPlacesOf(tx *database.Tx, query string, args ...any) ([]ledger.Place, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var places []ledger.Place
	for rows.Next() {
		var at ledger.Place
		if err := rows.Scan(&at.Terminal, &at.Epoch, &at.Branch, &at.Seq); err != nil {
			return nil, err
		}
		places = append(places, at)
	}
	return places, rows.Err()
}

// ReadHolders returns the holders that a query selects.
func ReadHolders(tx *database.Tx, query string, args ...any) ([]books.Holder, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	defer rows.Close()
	var all []books.Holder
	for rows.Next() {
		var of books.Holder
		if err := rows.Scan(&of); err != nil {
			return nil, fmt.Errorf("read accounts: %w", err)
		}
		all = append(all, of)
	}
	return all, rows.Err()
}

// What came in and is on its way to a ledger, counted.
const (
	CountUnprojected = `SELECT coalesce((SELECT sum(seq) FROM epoch), 0) - coalesce((SELECT sum(seq) FROM projected), 0)`
	CountParked      = `SELECT (SELECT count(*) FROM parked) + (SELECT count(*) FROM parked_claim)`
)
