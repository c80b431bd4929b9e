// Package posting writes what came of entries to the rows of their ledgers, and of
// what the ledgers add up to, many at once; and entries of headquarters' own, which it
// signs. What an entry does to a ledger is package books'.
package posting

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Unit is a unit of work in one transaction: entries are posted to the books of
// their ledgers in memory, and what came of it is written at its end, each row
// once however many entries changed it, and the rows of a table by one statement.
//
// Whoever asks the database for something that an entry before may have changed
// flushes first. What the transaction of a unit wrote so far is no use without
// the rest: a unit that fails is undone as a whole.
type Unit struct {
	Tx      *database.Tx
	Books   map[books.Holder]*books.Books // that were read together
	changed []*books.Books
	rows    [tables][][]any // to be written
	places  map[countedAt]Meeting
	stood   map[books.Holder]stand // of a unit that is decided ahead, what its ledgers were read as
}

// Meeting is up to where an account counts a terminal, and when something of it was
// last heard from there.
type Meeting struct {
	ledger.Place
	At ledger.Millis // 0 of what a release before this one heard
}

// countedAt is an account that counts a terminal.
type countedAt struct {
	holder   books.Holder
	terminal ledger.TerminalID
}

// sentAhead is how many rows of ledgers are sent together, so that the engine writes them
// while what comes behind is still decided.
const sentAhead = 256

// NewUnit begins a unit in a transaction.
func NewUnit(tx *database.Tx) *Unit { return &Unit{Tx: tx, places: map[countedAt]Meeting{}} }

// Open returns a ledger's books as they are by now.
func (u *Unit) Open(of books.Holder) (*books.Books, error) {
	if b := u.Books[of]; b != nil {
		return b, nil
	}
	if u.isAhead() {
		return nil, errAhead
	}
	return records.OpenBooks(u.Tx, of)
}

// Enter writes a decision, already folded into the books, as the ledger's next
// row, with what it changed, and marks the account for feeder and authority.
func (u *Unit) Enter(b *books.Books, d *books.Decision, now ledger.Millis) error {
	decided, err := d.Encode()
	if err != nil {
		return err
	}
	b.N++
	b.Head = ledger.LedgerLink(b.Holder.ChainID(), b.N, b.Head, ledger.HashOf(decided))
	var terminal ledger.TerminalID
	if d.Place != nil {
		terminal = d.Place.Terminal
	}
	u.write(ledgerTable, b.Holder, b.N, d.Entry, terminal, d.Verdict, decided, b.Head, now)
	u.Touch(b)
	b.Entered = true
	if u.isAhead() || len(u.rows[ledgerTable]) < sentAhead {
		return nil
	}
	return u.send(ledgerTable)
}

// Touch gives the account its next version and marks it.
func (u *Unit) Touch(b *books.Books) {
	b.Version++
	if !b.Touched {
		b.Touched, b.ToldFrom = true, b.N
		u.changed = append(u.changed, b)
	}
}

// NotePlace keeps the last place of a terminal that an account's balances
// count. It never goes back.
func (u *Unit) NotePlace(of books.Holder, m Meeting) {
	key := countedAt{of, m.Terminal}
	have, noted := u.places[key]
	if !noted || m.Epoch > have.Epoch || m.Epoch == have.Epoch && m.Seq > have.Seq {
		u.places[key] = m
	}
}

// NoteFlags keeps which rules of conduct an entry met at a terminal, at a time.
func (u *Unit) NoteFlags(of books.Holder, id ledger.EntryID, at ledger.TerminalID, flags string, when ledger.Millis) {
	u.write(flaggedTable, of, id, at, flags, when)
}

// NoteUnclaimed keeps until when a sale that stands by itself may be somebody's.
func (u *Unit) NoteUnclaimed(of books.Holder, until ledger.Millis) {
	u.write(unclaimedTable, of, until)
}

// NoteReferral keeps what a friend's entry is to bring her referrer.
func (u *Unit) NoteReferral(of books.Holder, id ledger.EntryID, intent []byte) {
	u.write(referralTable, of, id, intent)
}

// Flush writes what there is to write. The unit may go on.
func (u *Unit) Flush() error {
	if u.isAhead() {
		return errAhead
	}
	if err := u.send(ledgerTable); err != nil {
		return err
	}
	if err := u.putTogether(); err != nil {
		return err
	}
	for t := range u.rows {
		if err := u.send(t); err != nil {
			return err
		}
	}
	return settled(u.Tx)
}

// putTogether makes rows of what changed.
func (u *Unit) putTogether() error {
	for _, b := range u.changed {
		if err := u.save(b); err != nil {
			return fmt.Errorf("save %s: %w", b.Holder, err)
		}
		if err := saveSegments(u.Tx, b); err != nil {
			return err
		}
	}
	for key, m := range u.places {
		u.write(placeTable, key.holder, m.Terminal, m.Epoch, m.Branch, m.Seq, m.At)
	}
	u.changed = nil
	clear(u.places)
	return nil
}

// settled waits until all that was sent is written.
func settled(tx *database.Tx) error {
	if err := tx.Settle(); err != nil {
		return fmt.Errorf("write what entries changed: %w", err)
	}
	return nil
}

// send writes what there is to write to a table.
func (u *Unit) send(table int) error {
	rows := u.rows[table]
	u.rows[table] = nil
	return sendRows(u.Tx, table, rows)
}

func sendRows(tx *database.Tx, table int, rows [][]any) error {
	if err := tx.SendMany(writing[table].Many, rows); err != nil {
		return fmt.Errorf("%s: %w", writing[table].what, err)
	}
	return nil
}

// Enter is a unit of one decision.
func Enter(tx *database.Tx, b *books.Books, d *books.Decision, now ledger.Millis) error {
	u := NewUnit(tx)
	if err := u.Enter(b, d, now); err != nil {
		return err
	}
	return u.Flush()
}

// TouchBooks is a unit in which nothing changed but something beside the ledger.
func TouchBooks(tx *database.Tx, b *books.Books) error {
	u := NewUnit(tx)
	u.Touch(b)
	return u.Flush()
}

// Touch marks an account of which something changed beside its ledger.
func Touch(tx *database.Tx, of books.Holder) error {
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return err
	}
	return TouchBooks(tx, b)
}

// NotePlace is a unit that keeps a place alone.
func NotePlace(tx *database.Tx, of books.Holder, m Meeting) error {
	u := NewUnit(tx)
	u.NotePlace(of, m)
	return u.Flush()
}

// MarkAllForFeed lets every account be told again.
func MarkAllForFeed(tx *database.Tx) error {
	_, err := tx.Exec(`
		INSERT INTO feed_dirty (account, version, since_n)
		SELECT account, version, 0 FROM account WHERE true
		ON CONFLICT (account) DO UPDATE
		SET version = excluded.version, since_n = 0`)
	if err != nil {
		return fmt.Errorf("mark accounts for the feed: %w", err)
	}
	return nil
}
