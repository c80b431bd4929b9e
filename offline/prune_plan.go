package offline

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// pruning is how far a walk over the journal has come.
type pruning struct {
	after int64 // the last row looked at
	left  int64 // the first of the walk that kept its body, 0 while none did
}

// prunePlan is what one Prune takes away.
type prunePlan struct {
	exchange exchange
	last     int64
	bound    int64 // the last row that headquarters has, and has in a backup
	before   ledger.Millis
	next     pruning
	more     bool

	rows []prunable
	days []keptDay // that begin to go

	noted map[int64]bool // rows whose balances headquarters has not counted
	gone  map[ledger.EntryID]bool
	ripe  map[ledger.Date]*ripeness
}

// prunable is an entry whose body goes.
type prunable struct {
	n, orig int64
	entry   *ledger.Entry
}

// planPrune says within which bounds bodies may go. They are old by
// the time that headquarters told last, to this process: a clock that was set wrong here
// prunes nothing.
func (s *Store) planPrune() *prunePlan {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &prunePlan{
		exchange: s.exchange, last: s.last, next: s.pruning,
		before: s.told.Add(-keepBodies),
		noted:  map[int64]bool{}, gone: map[ledger.EntryID]bool{}, ripe: map[ledger.Date]*ripeness{},
	}
	row := func(h ledger.Head) int64 {
		n, _ := s.lineage.row(h.Epoch, h.Branch, h.Seq, s.last) // 0 where it is not of this journal
		return n
	}
	p.bound = min(row(s.exchange.durable), row(s.exchange.acked))
	return p
}

// read looks at the next rows that have their bodies.
func (p *prunePlan) read(ctx context.Context, journal reader) error {
	if p.bound <= p.next.after {
		p.end()
		return nil
	}
	return journal.View(ctx, func(tx *sqlitedb.Tx) error {
		page, err := p.page(tx)
		if err != nil {
			return err
		}
		if err := p.readNoted(tx); err != nil {
			return err
		}
		young := 0
		for _, r := range page {
			goes, err := p.goes(tx, r)
			if err != nil {
				return err
			}
			if r.at >= p.before {
				young++
			}
			p.look(r, goes)
		}
		if p.more = len(page) == pruneAtOnce && young < len(page); !p.more {
			p.end()
		}
		return nil
	})
}

// look notes that a row was looked at.
func (p *prunePlan) look(r candidate, goes bool) {
	p.next.after = r.n
	if !goes {
		if p.next.left == 0 {
			p.next.left = r.n
		}
		return
	}
	p.rows = append(p.rows, prunable{r.n, r.orig, r.entry})
	p.gone[r.entry.ID] = true
}

// end lets the next walk begin with the first row that kept its body.
func (p *prunePlan) end() {
	from := p.next.after
	if p.next.left > 0 {
		from = p.next.left - 1
	}
	p.next = pruning{after: from}
}

// candidate is a row that has its body.
type candidate struct {
	row
	at    ledger.Millis
	entry *ledger.Entry // nil where it cannot be read, which Verify tells
}

func (p *prunePlan) page(tx *sqlitedb.Tx) (page []candidate, err error) {
	rows, err := tx.Query(`
		SELECT n, coalesce(orig_n, 0), at_ms, body, body_hash
		FROM journal
		WHERE n > ? AND n <= ? AND body <> '{}'
		ORDER BY n
		LIMIT ?`, p.next.after, p.bound, pruneAtOnce)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r candidate
		if err := rows.Scan(&r.n, &r.orig, &r.at, &r.body, &r.bodyHash); err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		if e, err := ledger.Decode(r.body); err == nil && ledger.HashOf(r.body) == r.bodyHash {
			r.entry = e
		}
		page = append(page, r)
	}
	return page, rows.Err()
}

func (p *prunePlan) readNoted(tx *sqlitedb.Tx) error {
	rows, err := tx.Query(`
		SELECT n FROM unsettled WHERE n <= ?1
		UNION SELECT n FROM named WHERE n <= ?1
		UNION SELECT n FROM member_pin WHERE n <= ?1`, p.last)
	if err != nil {
		return fmt.Errorf("read what is not counted: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return fmt.Errorf("read what is not counted: %w", err)
		}
		p.noted[n] = true
	}
	return rows.Err()
}

// goes reports whether a body may go: it is old and known, headquarters has
// counted it, and nothing that stays is read with it. Of members whom no feed has
// brought yet the entry that bound them stays.
func (p *prunePlan) goes(tx *sqlitedb.Tx, r candidate) (bool, error) {
	e := r.entry
	if e == nil || r.at >= p.before || p.noted[r.n] || e.Kind == ledger.Profile && !e.Member.IsZero() {
		return false, nil
	}
	if e.Day != "" {
		if ripe, err := p.dayGoes(tx, r); err != nil || !ripe {
			return false, err
		}
	}
	switch {
	case e.Kind == ledger.Sold:
		return p.saleGoes(tx, e.ID)
	case e.Return != nil && !e.Return.Of.Entry.IsZero():
		return p.returnGoes(tx, e.Return.Of.Entry)
	}
	return true, nil
}

// saleGoes reports whether no return of a sale is yet to be counted: what such a
// one is remembered by is read from its sale.
func (p *prunePlan) saleGoes(tx *sqlitedb.Tx, sale ledger.EntryID) (bool, error) {
	rows, err := tx.Query(`
		SELECT r.n
		FROM sale s JOIN journal r ON r.id = s.entry
		WHERE s.of_entry = ?`, sale.String())
	if err != nil {
		return false, fmt.Errorf("read returns: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return false, fmt.Errorf("read returns: %w", err)
		}
		if p.noted[n] {
			return false, nil
		}
	}
	return true, rows.Err()
}

// returnGoes reports whether the sale of a return has gone: as long as goods may
// come back of it here, all that came back counts.
func (p *prunePlan) returnGoes(tx *sqlitedb.Tx, sale ledger.EntryID) (bool, error) {
	if p.gone[sale] {
		return true, nil
	}
	var stays bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM journal WHERE id = ? AND body <> '{}')`, sale.String()).Scan(&stays)
	if err != nil {
		return false, fmt.Errorf("look for its sale: %w", err)
	}
	return !stays, nil
}
