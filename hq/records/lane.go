package records

import (
	"time"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Lanes know of terminals what their entries are read by. Each is read once of one state
// of the database: whoever looks through all entries asks for the same few each time.
type Lanes struct {
	tx    *database.Tx
	known map[ledger.TerminalID]lane
}

type lane struct {
	enrolled ledger.Millis
	zone     *time.Location // of its store
	err      error
}

// NewLanes knows none yet.
func NewLanes(tx *database.Tx) *Lanes { return &Lanes{tx, map[ledger.TerminalID]lane{}} }

func (l *Lanes) of(id ledger.TerminalID) lane {
	if have, known := l.known[id]; known {
		return have
	}
	var of lane
	t, err := ReadTerminal(l.tx, id)
	if of.enrolled, of.err = t.enrolled, err; err == nil {
		of.zone, of.err = ZoneOf(l.tx, t.Store)
	}
	l.known[id] = of
	return of
}

// ZoneOf is the zone of the store where a member was served last under a program.
func (l *Lanes) ZoneOf(b *books.Books, program string) (*time.Location, error) {
	at, err := b.LaneOf(program)
	if err != nil {
		return nil, err
	}
	if at.IsZero() {
		return time.UTC, nil
	}
	of := l.of(at)
	return of.zone, of.err
}
