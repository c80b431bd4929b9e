package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// pen writes at the end of the chain within one transaction. The store takes
// over what it changed once that has been committed.
type pen struct {
	tx       *sqlitedb.Tx
	store    *Store
	now      time.Time // our own clock, read once per transaction
	lineage  lineage
	last     int64
	head     ledger.Head
	exchange exchange
	forwards bool
	day      ledger.Date // of the last entry that has one
}

// write runs fn in the one write transaction. After a storage error, when it
// is not known whether that was committed, the journal is reopened and made
// durable, what stands there is taken over, and fn runs once more; fn
// therefore begins from what it finds.
func (s *Store) write(ctx context.Context, fn func(*pen) error) error {
	err := s.try(ctx, fn)
	if errors.Is(err, sqlitedb.ErrStorage) {
		if mending := s.mend(ctx); mending != nil {
			err = errors.Join(err, mending)
		} else {
			err = s.try(ctx, fn)
		}
	}
	s.failed = nil
	if errors.Is(err, sqlitedb.ErrStorage) {
		s.failed = err
	}
	return err
}

func (s *Store) try(ctx context.Context, fn func(*pen) error) error {
	now := s.opts.Now()
	s.exchange.clock = s.exchange.clock.look(now)
	s.publish()
	p := &pen{
		store: s, now: now,
		lineage: s.lineage, last: s.last, head: s.head, exchange: s.exchange, forwards: s.forwards, day: s.day,
	}
	err := s.journal.Update(ctx, func(tx *sqlitedb.Tx) error {
		p.tx = tx
		if s.exchange.clock.off && !s.offSaved { // a restart must not forget it
			if err := s.exchange.save(tx); err != nil {
				return err
			}
		}
		return fn(p)
	})
	if err != nil {
		return err
	}
	s.lineage, s.last, s.head, s.exchange, s.forwards, s.day = p.lineage, p.last, p.head, p.exchange, p.forwards, p.day
	s.offSaved = s.exchange.clock.off
	s.publish()
	return nil
}

func (s *Store) mend(ctx context.Context) error {
	if err := s.journal.Reopen(ctx); err != nil {
		return err
	}
	return s.load(ctx)
}

// put appends an entry. orig is the row of its first place where it is written
// again, else 0.
func (p *pen) put(e *ledger.Entry, body []byte, orig int64) error {
	return p.insert(columns{
		row:  row{id: e.ID.String(), body: body, bodyHash: ledger.HashOf(body), orig: orig},
		kind: e.Kind, subject: string(e.Subject), date: string(e.Day), at: e.At,
	})
}

// insert appends a row: its place and its link are made here.
func (p *pen) insert(c columns) error {
	at := ledger.Place{
		Terminal: p.store.opts.Terminal,
		Epoch:    p.head.Epoch, Branch: p.head.Branch, Seq: p.head.Seq + 1,
	}
	hash := ledger.Link(at, p.head.Hash, c.bodyHash)
	_, err := p.tx.Exec(`
		INSERT INTO journal (n, epoch, seq, id, kind, subject, business_day_date, at_ms, body, body_hash, hash, orig_n)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.last+1, int64(at.Epoch), int64(at.Seq), c.id, string(c.kind), c.subject, orNull(c.date),
		int64(c.at), string(c.body), c.bodyHash[:], hash[:], sql.NullInt64{Int64: c.orig, Valid: c.orig != 0})
	if err != nil {
		return fmt.Errorf("append entry: %w", err)
	}
	p.last++
	p.head.Seq, p.head.Hash = at.Seq, hash
	return p.noteDay(ledger.Date(c.date))
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// readHead gives the last row and the end of the current epoch's chain.
func readHead(tx *sqlitedb.Tx, l lineage) (last int64, head ledger.Head, err error) {
	current := l.current()
	head = ledger.Head{Epoch: current.number, Branch: current.branch, Hash: current.begins}
	var seq ledger.Seq
	var hash ledger.Hash
	err = tx.QueryRow(`SELECT n, seq, hash FROM journal ORDER BY n DESC LIMIT 1`).Scan(&last, &seq, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, head, nil
	}
	if err != nil {
		return 0, head, fmt.Errorf("read head: %w", err)
	}
	if last > current.base {
		head.Seq, head.Hash = seq, hash
	}
	return last, head, nil
}

// hashAt gives the hash of the chain at a row, or what an epoch began from
// where the row is its base.
func hashAt(tx *sqlitedb.Tx, e epoch, n int64) (ledger.Hash, error) {
	if n == e.base {
		return e.begins, nil
	}
	var hash ledger.Hash
	err := tx.QueryRow(`SELECT hash FROM journal WHERE n = ?`, n).Scan(&hash)
	if err != nil {
		return hash, fmt.Errorf("read hash of row %d: %w", n, err)
	}
	return hash, nil
}

// row is a journal row as the chain needs it.
type row struct {
	n        int64
	id       string
	body     []byte
	bodyHash ledger.Hash
	hash     ledger.Hash
	orig     int64 // 0 where this is the first place in this journal
	// first is the entry's first place where that is in a journal which this
	// one was salvaged from; its terminal is left out.
	first ledger.Place
}

// readRows gives the rows from first to last inclusive, at most limit.
func readRows(tx *sqlitedb.Tx, first, last int64, limit int) ([]row, error) {
	rows, err := tx.Query(`
		SELECT j.n, j.id, j.body, j.body_hash, j.hash, coalesce(j.orig_n, 0),
			coalesce(s.epoch, 0), coalesce(s.branch, x'0000000000000000'), coalesce(s.seq, 0)
		FROM journal j LEFT JOIN salvaged s ON s.n = coalesce(j.orig_n, j.n)
		WHERE j.n BETWEEN ? AND ?
		ORDER BY j.n
		LIMIT ?`, first, last, limit)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	defer rows.Close()
	var out []row
	for rows.Next() {
		var r row
		err := rows.Scan(&r.n, &r.id, &r.body, &r.bodyHash, &r.hash, &r.orig, &r.first.Epoch, &r.first.Branch, &r.first.Seq)
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// rowsAtOnce bounds how much of a journal is in memory.
const rowsAtOnce = 500

// eachRow reads a run row by row. One that is missing makes no other come twice.
func eachRow(tx *sqlitedb.Tx, r run, each func(row) error) error {
	for first := r.first; first <= r.last; first += rowsAtOnce {
		rows, err := readRows(tx, first, min(first+rowsAtOnce-1, r.last), rowsAtOnce)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// whole reports whether a row's body, unless it is gone, and its link are what
// the chain says.
func (r row) whole(at ledger.Place, prev ledger.Hash) bool {
	return (isPruned(r.body) || ledger.HashOf(r.body) == r.bodyHash) && ledger.Link(at, prev, r.bodyHash) == r.hash
}
