package hq

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Copy says of one state of headquarters up to where it has the journal of each
// terminal: of a backup that was checked, what is durable.
type Copy struct {
	Incarnation ledger.Incarnation `json:"incarnation"`
	At          ledger.Millis      `json:"at_ms"` // nothing acknowledged before is missing
	Journals    []Journal          `json:"journals"`
}

// Journal is a terminal's journal up to a head.
type Journal struct {
	Terminal ledger.TerminalID `json:"terminal"`
	Head     ledger.Head       `json:"head"`
}

// ErrOtherLife says that a copy is of another incarnation of headquarters than
// runs: from before a restore, or another one of the same backup.
var ErrOtherLife = errors.New("it is of another incarnation of this headquarters: take a new backup")

// wholeJournals are the latest lives of terminals of whose journals nothing is
// missing here. One that began where headquarters had nothing says nothing of what
// comes before it; of a fenced one there may be two.
const wholeJournals = `
	FROM epoch e
	JOIN terminal t ON t.terminal = e.terminal
	LEFT JOIN durable d ON d.terminal = e.terminal
	WHERE t.fenced_at_ms IS NULL AND e.seq > 0
	  AND NOT EXISTS (
		SELECT 1 FROM epoch other
		WHERE other.terminal = e.terminal AND (other.rooted = 0 OR other.epoch > e.epoch))`

// Copy tells up to where the journals are here. Of what Verify finds nothing
// wrong with, NoteCopy may be told.
func (r *reading) Copy(ctx context.Context) (c Copy, err error) {
	c = Copy{Incarnation: r.chain.incarnation, At: ledger.MillisOf(r.now())}
	err = r.view(ctx, func(tx *database.Tx) error {
		c.Journals, err = readJournals(tx, `SELECT e.terminal, e.epoch, e.branch, e.seq, e.head`+wholeJournals+` ORDER BY e.terminal`)
		return err
	})
	if err != nil {
		return Copy{}, fmt.Errorf("read journals: %w", err)
	}
	return c, nil
}

func readJournals(tx *database.Tx, query string) ([]Journal, error) {
	rows, err := tx.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	journals := []Journal{}
	for rows.Next() {
		var j Journal
		if err := rows.Scan(&j.Terminal, &j.Head.Epoch, &j.Head.Branch, &j.Head.Seq, &j.Head.Hash); err != nil {
			return nil, err
		}
		journals = append(journals, j)
	}
	return journals, rows.Err()
}

// notedAtOnce bounds a transaction of NoteCopy.
const notedAtOnce = 500

// NoteCopy writes down that what a copy of this headquarters has is durable: the
// copy was checked, and lies where it outlives the database. Terminals hear of it
// with the next ack or hello. A journal that is not the one here up to there says
// nothing; noted are the others. It is ErrOtherLife for a copy of another
// incarnation, and safe to repeat.
func (h *Headquarters) NoteCopy(ctx context.Context, c Copy) (noted int, err error) {
	if c.Incarnation != h.chain.incarnation {
		return 0, fmt.Errorf("note copy: %w", ErrOtherLife)
	}
	if noted, err = noteCopy(ctx, h.view, h.update, c); err != nil {
		return noted, fmt.Errorf("note copy: %w", err)
	}
	return noted, nil
}

// NoteCopy is for a headquarters at rest.
func NoteCopy(ctx context.Context, opts Options, c Copy) (noted int, err error) {
	db, err := opts.Home().Open(ctx)
	if err != nil {
		return 0, fmt.Errorf("note copy: %w", err)
	}
	err = db.View(ctx, func(tx *database.Tx) error {
		var now ledger.Incarnation
		if err := tx.QueryRow(`SELECT incarnation FROM chain`).Scan(&now); err != nil || now == c.Incarnation {
			return err
		}
		return ErrOtherLife
	})
	if err == nil {
		noted, err = noteCopy(ctx, db.View, db.Update, c)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return noted, fmt.Errorf("note copy: %w", err)
	}
	return noted, nil
}

// transaction is View or Update of a database.
type transaction func(context.Context, func(*database.Tx) error) error

// noteCopy looks first and writes then, in transactions of their own: what stands at a
// place never changes, and one that did both would be in the way of every batch that
// comes in meanwhile.
func noteCopy(ctx context.Context, view, update transaction, c Copy) (noted int, err error) {
	for rest := c.Journals; len(rest) > 0; {
		some := rest[:min(notedAtOnce, len(rest))]
		rest = rest[len(some):]
		var here []Journal
		err := view(ctx, func(tx *database.Tx) (err error) {
			here, err = hereToo(tx, some)
			return err
		})
		if err == nil {
			err = update(ctx, func(tx *database.Tx) error { return noteJournals(tx, here, c.At) })
		}
		if err != nil {
			return noted, err
		}
		noted += len(here)
	}
	return noted, update(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(`UPDATE chain SET durable_at_ms = $1 WHERE durable_at_ms < $2`, c.At, c.At)
		return err
	})
}

func noteJournals(tx *database.Tx, journals []Journal, at ledger.Millis) error {
	for _, j := range journals {
		_, err := tx.Exec(`
			INSERT INTO durable (terminal, epoch, branch, seq, at_ms)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (terminal) DO UPDATE
			SET epoch = excluded.epoch, branch = excluded.branch, seq = excluded.seq, at_ms = excluded.at_ms
			WHERE excluded.epoch > durable.epoch OR excluded.epoch = durable.epoch AND excluded.seq > durable.seq`,
			j.Terminal, j.Head.Epoch, j.Head.Branch, j.Head.Seq, at)
		if err != nil {
			return err
		}
	}
	return nil
}

// hereToo gives those journals that have come in with this very history.
func hereToo(tx *database.Tx, journals []Journal) (here []Journal, err error) {
	for _, j := range journals {
		same, err := hasHead(tx, j)
		if err != nil {
			return nil, err
		}
		if same {
			here = append(here, j)
		}
	}
	return here, nil
}

// hasHead reports whether a journal has come in with this very history.
func hasHead(tx *database.Tx, j Journal) (bool, error) {
	here, err := records.ReadLife(tx, j.Terminal, j.Head.Epoch, j.Head.Branch)
	if err != nil || !here.Known || here.Seq < j.Head.Seq {
		return false, err
	}
	link, err := here.LinkAt(tx, j.Terminal, j.Head.Seq)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil // the intake has a hole, which Verify tells
	}
	return link == j.Head.Hash, err
}
