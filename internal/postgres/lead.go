package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

const (
	// patience is how long another waits for a beat before it takes the lead. It
	// measures by its own clock how long the number stayed the same: no two
	// machines' clocks are compared.
	patience = 5 * time.Second
	// impatience is how often one that asked for the lead looks whether it has it.
	impatience = 50 * time.Millisecond
)

// ErrLostLead says that another process has the lead now. It is always an
// ErrStorage: nothing of the transaction is kept, and the work goes on there.
var ErrLostLead = errors.New("another process does the work now")

// Lead is the turn to do what one of several processes does at a time. Who has
// it and is gone, or stands still, loses it within seconds; what it had not
// committed by then it cannot commit any more (Guard), however late it wakes.
//
// A term is a number that grows whenever the lead changes hands; 0 is none.
type Lead struct {
	db       *DB
	name     string // of this process: where it is, and what no other has
	patience time.Duration

	mu     sync.Mutex // one step at a time
	seen   beat
	seenAt time.Time
	term   atomic.Int64
}

// beat is a lead's rows.
type beat struct {
	term, beat     int64
	holder, wanted string // names of processes; empty: nobody
}

// Lead returns a process's part in the lead. It has none yet.
func (db *DB) Lead() *Lead {
	machine, err := os.Hostname()
	if err != nil {
		machine = "a machine without a name"
	}
	return &Lead{db: db, name: fmt.Sprintf("%s, process %d, %s", machine, os.Getpid(), rand.Text()), patience: patience}
}

// Term returns the term in which this process leads, as far as it knows, or 0.
func (l *Lead) Term() int64 { return l.term.Load() }

// Guard refuses a transaction, by ErrLostLead, unless the term is still on.
func (l *Lead) Guard(tx *database.Tx, term int64) error {
	var now int64
	if err := tx.QueryRow(`SELECT term FROM lead`).Scan(&now); err != nil {
		return fmt.Errorf("read who leads: %w", err)
	}
	if now != term {
		return &StorageError{Op: "guard", Err: ErrLostLead}
	}
	return nil
}

// Step is to be called about every second: it says that this process is there, gives
// the lead up where another asked for it, or takes it from one that is gone.
func (l *Lead) Step(ctx context.Context) error { return l.step(ctx, false) }

// Take asks for the lead and returns the term once this process has it: who has
// it now gives it up at its next Step.
func (l *Lead) Take(ctx context.Context) (term int64, err error) {
	for {
		if term := l.Term(); term != 0 {
			return term, nil
		}
		if err := l.step(ctx, true); err != nil {
			return 0, err
		}
		if term := l.Term(); term != 0 {
			return term, nil
		}
		if err := pause(ctx, impatience); err != nil {
			return 0, fmt.Errorf("wait for the lead: %w", err)
		}
	}
}

// Release gives the lead up, if this process has it.
func (l *Lead) Release(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	mine := l.term.Swap(0)
	if mine == 0 {
		return nil
	}
	err := l.db.Update(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(`UPDATE lead SET term = term + 1, holder = '' WHERE term = $1`, mine)
		return err
	})
	if err != nil {
		return fmt.Errorf("give up the lead: %w", err)
	}
	return nil
}

func (l *Lead) step(ctx context.Context, want bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var now beat
	err := l.db.Update(ctx, func(tx *database.Tx) (err error) {
		if now, err = readBeat(tx); err != nil {
			return err
		}
		return l.move(tx, &now, want)
	})
	if err != nil {
		return fmt.Errorf("look who leads: %w", err)
	}
	if now.term != l.seen.term || now.beat != l.seen.beat || l.seenAt.IsZero() {
		l.seen, l.seenAt = now, time.Now()
	}
	term := int64(0)
	if now.holder == l.name {
		term = now.term
	}
	l.term.Store(term)
	return nil
}

func readBeat(tx *database.Tx) (b beat, err error) {
	err = tx.QueryRow(`
		SELECT l.term, l.holder, b.beat, b.wanted
		FROM lead l JOIN lead_beat b ON b.one = l.one`).Scan(&b.term, &b.holder, &b.beat, &b.wanted)
	return b, err
}

// move changes the rows by what was found in them. The beat stands apart from
// the term: every transaction of the work reads the term, and must not meet a
// write of it each second.
func (l *Lead) move(tx *database.Tx, b *beat, want bool) error {
	gone := b.term == l.seen.term && b.beat == l.seen.beat && !l.seenAt.IsZero() && time.Since(l.seenAt) > l.patience
	switch {
	case b.holder == l.name && (b.wanted == "" || b.wanted == l.name):
		b.beat++
		_, err := tx.Exec(`UPDATE lead_beat SET beat = $1, wanted = ''`, b.beat)
		return err
	case b.holder == l.name:
		b.term, b.holder = b.term+1, ""
		_, err := tx.Exec(`UPDATE lead SET term = $1, holder = ''`, b.term)
		return err
	case b.holder == "" && (b.wanted == "" || b.wanted == l.name || gone) || gone:
		return l.takeOver(tx, b)
	case want && b.wanted == "": // who asked first has it first; one that asked and is gone is found out
		b.wanted = l.name
		_, err := tx.Exec(`UPDATE lead_beat SET wanted = $1`, l.name)
		return err
	}
	return nil
}

func (l *Lead) takeOver(tx *database.Tx, b *beat) error {
	b.term, b.beat, b.holder = b.term+1, b.beat+1, l.name
	if _, err := tx.Exec(`UPDATE lead SET term = $1, holder = $2`, b.term, l.name); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE lead_beat SET beat = $1, wanted = ''`, b.beat)
	return err
}
