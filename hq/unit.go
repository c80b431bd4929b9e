package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// unit is a unit of work in one transaction: entries are posted to the books of
// their ledgers in memory, and what came of it is written at its end, each row
// once however many entries changed it, and the rows of a table by one statement.
//
// Whoever asks the database for something that an entry before may have changed
// flushes first. What the transaction of a unit wrote so far is no use without
// the rest: a unit that fails is undone as a whole.
type unit struct {
	tx      *database.Tx
	books   map[books.Holder]*books.Books // that were read together
	changed []*books.Books
	rows    [tables][][]any // to be written
	places  map[countedAt]meeting
}

// meeting is up to where an account counts a terminal, and when something of it was
// last heard from there.
type meeting struct {
	ledger.Place
	at ledger.Millis // 0 of what a release before this one heard
}

// countedAt is an account that counts a terminal.
type countedAt struct {
	holder   books.Holder
	terminal ledger.TerminalID
}

func newUnit(tx *database.Tx) *unit { return &unit{tx: tx, places: map[countedAt]meeting{}} }

// open returns a ledger's books as they are by now.
func (u *unit) open(of books.Holder) (*books.Books, error) {
	if b := u.books[of]; b != nil {
		return b, nil
	}
	return records.OpenBooks(u.tx, of)
}

// enter writes a decision, already folded into the books, as the ledger's next
// row, with what it changed, and marks the account for feeder and authority.
func (u *unit) enter(b *books.Books, d *books.Decision, now ledger.Millis) error {
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
	u.touch(b)
	b.Entered = true
	return nil
}

// touch gives the account its next version and marks it.
func (u *unit) touch(b *books.Books) {
	b.Version++
	if !b.Touched {
		b.Touched, b.ToldFrom = true, b.N
		u.changed = append(u.changed, b)
	}
}

// notePlace keeps the last place of a terminal that an account's balances
// count. It never goes back.
func (u *unit) notePlace(of books.Holder, m meeting) {
	key := countedAt{of, m.Terminal}
	have, noted := u.places[key]
	if !noted || m.Epoch > have.Epoch || m.Epoch == have.Epoch && m.Seq > have.Seq {
		u.places[key] = m
	}
}

// flush writes what there is to write. The unit may go on.
func (u *unit) flush() error {
	for _, b := range u.changed {
		if err := u.save(b); err != nil {
			return fmt.Errorf("save %s: %w", b.Holder, err)
		}
		if err := saveSegments(u.tx, b); err != nil {
			return err
		}
	}
	for key, m := range u.places {
		u.write(placeTable, key.holder, m.Terminal, m.Epoch, m.Branch, m.Seq, m.at)
	}
	for t, rows := range u.rows {
		if err := u.tx.ExecMany(writing[t].Many, rows); err != nil {
			return fmt.Errorf("%s: %w", writing[t].what, err)
		}
	}
	u.changed, u.rows = nil, [tables][][]any{}
	clear(u.places)
	return nil
}

// enter is a unit of one decision.
func enter(tx *database.Tx, b *books.Books, d *books.Decision, now ledger.Millis) error {
	u := newUnit(tx)
	if err := u.enter(b, d, now); err != nil {
		return err
	}
	return u.flush()
}

// touchBooks is a unit in which nothing changed but something beside the ledger.
func touchBooks(tx *database.Tx, b *books.Books) error {
	u := newUnit(tx)
	u.touch(b)
	return u.flush()
}

// touch marks an account of which something changed beside its ledger.
func touch(tx *database.Tx, of books.Holder) error {
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return err
	}
	return touchBooks(tx, b)
}

func notePlace(tx *database.Tx, of books.Holder, m meeting) error {
	u := newUnit(tx)
	u.notePlace(of, m)
	return u.flush()
}
