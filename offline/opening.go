package offline

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Opening tells what Open found and did, for the log.
type Opening struct {
	// NewEpoch is the head at which a new epoch began, nil where the journal
	// goes on as it was; Reason says why.
	NewEpoch *ledger.Head
	Reason   string
	// Unreadable counts entries that no epoch could write again, since Open; Pruned
	// those whose bodies had gone because headquarters had them in a backup, and that
	// it was put back to before.
	Unreadable, Pruned int
	// Salvaged is what could be read of a damaged journal, nil where it was
	// whole.
	Salvaged *Salvaged
	// DirectoryRebuilt says that the directory could not be used and is fed
	// again from the beginning.
	DirectoryRebuilt bool
}

// Opening tells what Open found and did.
func (s *Store) Opening() Opening {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opening
}

// tailChecked is how many rows at the end are checked at each start, at least
// those behind the mark: as many as may be written between two marks.
const tailChecked = markEvery

// begin takes over the journal, or makes its first epoch, and compares it with
// the mark before anything is written.
func (s *Store) begin(ctx context.Context, marked bool) error {
	m := s.mark.last
	if marked && m.terminal != s.opts.Terminal {
		return fmt.Errorf("the mark is of terminal %s, not of %s: is this its folder?", m.terminal, s.opts.Terminal)
	}
	if err := s.load(ctx); err != nil {
		return err
	}
	fresh := len(s.lineage) == 0
	if fresh {
		if err := s.firstEpoch(ctx, m.head.Epoch); err != nil {
			return err
		}
	}
	if err := s.checkTerminal(ctx); err != nil {
		return err
	}
	s.exchange.clock.mark = max(s.exchange.clock.mark, m.clock)
	s.publish()
	if fresh {
		if marked {
			s.tellEpoch("the journal is gone")
		}
		return nil
	}
	reason, common, err := s.examine(ctx, marked)
	if err != nil || reason == "" {
		return err
	}
	if err := s.openEpoch(ctx, m.head.Epoch, common); err != nil {
		return err
	}
	s.tellEpoch(reason)
	return nil
}

func (s *Store) tellEpoch(reason string) {
	head := s.head
	s.opening.Reason, s.opening.NewEpoch = reason, &head
}

// firstEpoch makes an empty journal this terminal's, above every epoch that
// its mark has seen.
func (s *Store) firstEpoch(ctx context.Context, above ledger.Epoch) error {
	err := s.journal.Update(ctx, func(tx *sqlitedb.Tx) error {
		if err := makeTerminal(tx, s.opts.Terminal); err != nil {
			return err
		}
		p := &pen{tx: tx, store: s, now: s.opts.Now()}
		return p.beginEpoch(above+1, ledger.NewBranch(), ledger.Head{})
	})
	if err != nil {
		return fmt.Errorf("begin journal: %w", err)
	}
	return s.load(ctx)
}

// makeTerminal says in a new journal whose it is.
func makeTerminal(tx *sqlitedb.Tx, id ledger.TerminalID) error {
	if _, err := tx.Exec(`INSERT INTO terminal (one, terminal_id) VALUES (1, ?)`, id); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO exchange (one, acked_hash) VALUES (1, ?)`, ledger.Hash{})
	return err
}

func (s *Store) checkTerminal(ctx context.Context) error {
	return s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		have, err := readTerminal(tx)
		if err == nil && have != s.opts.Terminal {
			err = fmt.Errorf("the journal is of terminal %s, not of %s: is this its folder?", have, s.opts.Terminal)
		}
		return err
	})
}

func readTerminal(tx *sqlitedb.Tx) (id ledger.TerminalID, err error) {
	if err := tx.QueryRow(`SELECT terminal_id FROM terminal`).Scan(&id); err != nil {
		return id, fmt.Errorf("read terminal: %w", err)
	}
	return id, nil
}

// examine compares the journal with its mark and walks its end. Where it
// cannot be gone on with, it says why, and from which head a new epoch is to
// begin: the last that headquarters acknowledged, or the last before the
// damage.
func (s *Store) examine(ctx context.Context, marked bool) (reason string, common ledger.Head, err error) {
	err = s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		from := max(1, s.last-tailChecked+1)
		known, err := knows(tx, s.lineage, s.last, s.mark.last.head)
		if err != nil {
			return err
		}
		switch n, _ := s.lineage.row(s.mark.last.head.Epoch, s.mark.last.head.Branch, s.mark.last.head.Seq, s.last); {
		case !marked && s.last == 0 && s.exchange.contact == 0:
			return nil // it was made just now, and its mark not yet: no right is in it
		case !marked:
			reason = "the mark is missing"
		case s.mark.last.anew():
			reason = "it was restored from a backup"
		case !known:
			reason = "the journal does not have what its mark remembers"
		default:
			from = max(1, min(from, n))
		}
		if reason != "" {
			from = 1
		}
		damaged, err := firstDamaged(tx, s.lineage, s.opts.Terminal, from, s.last)
		if err != nil {
			return err
		}
		if damaged > 0 && reason == "" {
			reason = "the journal is damaged"
		}
		if reason == "" {
			return nil
		}
		common, err = s.lastCommon(tx, damaged)
		return err
	})
	return reason, common, err
}

// lastCommon gives the acknowledged head if the journal has it, before what is
// damaged (0: nothing is); else the last whole one.
func (s *Store) lastCommon(tx *sqlitedb.Tx, damaged int64) (ledger.Head, error) {
	acked := s.exchange.acked
	known, err := knows(tx, s.lineage, s.last, acked)
	if err != nil {
		return ledger.Head{}, err
	}
	n, _ := s.lineage.row(acked.Epoch, acked.Branch, acked.Seq, s.last)
	if known && (damaged == 0 || n < damaged) {
		return acked, nil
	}
	end := s.last
	if damaged > 0 {
		end = damaged - 1
	}
	if end == 0 {
		return ledger.Head{}, nil
	}
	place := s.lineage.place(s.opts.Terminal, end)
	hash, err := hashAt(tx, s.lineage.of(end), end)
	return ledger.Head{Epoch: place.Epoch, Branch: place.Branch, Seq: place.Seq, Hash: hash}, err
}

// firstDamaged walks the chain from one row to another and gives the first
// whose body or link is not what it should be; 0 where all are whole.
func firstDamaged(tx *sqlitedb.Tx, l lineage, terminal ledger.TerminalID, first, last int64) (int64, error) {
	for ; first <= last; first += rowsAtOnce {
		rows, err := readRows(tx, first, last, rowsAtOnce)
		if err != nil {
			return 0, err
		}
		for i, row := range rows {
			if row.n != first+int64(i) {
				return first + int64(i), nil
			}
			prev, err := prevHash(tx, l.of(row.n), rows, i)
			if err != nil {
				return 0, err
			}
			if !row.whole(l.place(terminal, row.n), prev) {
				return row.n, nil
			}
		}
	}
	return 0, nil
}

// prevHash gives the hash of the chain before rows[i].
func prevHash(tx *sqlitedb.Tx, e epoch, rows []row, i int) (ledger.Hash, error) {
	if i > 0 && rows[i].n != e.base+1 {
		return rows[i-1].hash, nil
	}
	return hashAt(tx, e, rows[i].n-1)
}
