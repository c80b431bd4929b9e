package offline

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	// keepBodies is how long a body stays once headquarters has it in a backup:
	// within it goods come back at the till that sold them, and a headquarters
	// that had to take an older backup gets all of it again.
	keepBodies = 30 * 24 * time.Hour
	// pruneAtOnce bounds one transaction of Prune: a customer who comes then waits
	// for no more.
	pruneAtOnce = 100
)

// prunedBody stands in place of a body that is gone. It is no entry, and JSON for
// queries that look into bodies.
const prunedBody = "{}"

// isPruned reports whether a body is gone.
func isPruned(body []byte) bool { return string(body) == prunedBody }

// Prune takes away a few bodies of entries that headquarters has in a backup and
// that are older than 30 days by its time; more says that others may follow.
// Their hashes, keys, rights and columns stay. Before the first body of a
// business day goes, summarize gives what is kept of the day (KeptDay).
//
// It writes once, and nothing where an entry was appended meanwhile. One
// goroutine calls it.
func (s *Store) Prune(ctx context.Context, summarize func(context.Context, ledger.Date) ([]byte, error)) (gone int, more bool, err error) {
	p := s.planPrune()
	if err := p.read(ctx, s.journal); err != nil {
		return 0, false, fmt.Errorf("prune: %w", err)
	}
	for i := range p.days {
		d := &p.days[i]
		if d.report, err = summarize(ctx, d.day); err != nil {
			return 0, false, fmt.Errorf("prune %s: %w", d.day, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.stillHolds(s) {
		return 0, true, nil
	}
	if len(p.rows) > 0 {
		if err := s.write(ctx, func(w *pen) error { return w.prune(p) }); err != nil {
			return 0, false, fmt.Errorf("prune: %w", err)
		}
	}
	s.pruning = p.next
	return len(p.rows), p.more, nil
}

// stillHolds reports whether nothing happened since a plan was made: a return may
// have come of a sale in it, or headquarters may have lost what it had.
func (p *prunePlan) stillHolds(s *Store) bool {
	x := s.exchange
	return s.last == p.last && x.acked == p.exchange.acked && x.durable == p.exchange.durable && x.incarnation == p.exchange.incarnation
}

// prune takes the bodies of a plan away.
func (p *pen) prune(plan *prunePlan) error {
	for _, d := range plan.days {
		if err := p.keepDay(d); err != nil {
			return err
		}
	}
	if err := p.prunedUpTo(plan.rows[len(plan.rows)-1].n); err != nil {
		return err
	}
	for _, r := range plan.rows {
		if err := p.takeAway(r); err != nil {
			return fmt.Errorf("row %d: %w", r.n, err)
		}
	}
	return nil
}

// prunedUpTo notes up to which row bodies may be gone. Where others went beyond it
// nothing is written: the journal lets no row of pruned stand beyond what is durable
// now, which may be less than it was.
func (p *pen) prunedUpTo(n int64) error {
	_, err := p.tx.Exec(`UPDATE pruned SET up_to_n = ? WHERE up_to_n < ?`, n, n)
	return err
}

// takeAway takes one body away, and the attachment that was sent with it. What
// it did to rights is added up where they are.
//
// That orig_n is set to what it is has SQLite delete the row and insert it again,
// because the column refers to its own table; an update in place would leave each
// page as empty as it became, and never free one.
func (p *pen) takeAway(r prunable) error {
	if _, err := p.tx.Exec(`UPDATE journal SET body = '{}', orig_n = orig_n WHERE n = ?`, r.n); err != nil {
		return err
	}
	if _, err := p.tx.Exec(`DELETE FROM attachment WHERE n = ?`, r.n); err != nil {
		return err
	}
	if r.orig != 0 {
		return nil // its first place counted
	}
	taken, err := takenRights(r.entry)
	if err != nil {
		return err
	}
	for right, amount := range taken {
		if _, err := p.tx.Exec(`UPDATE rights SET pruned_spent = pruned_spent + ? WHERE right_id = ?`, amount, right); err != nil {
			return err
		}
	}
	if r.entry.Kind != ledger.RightReturn {
		return nil
	}
	_, err = p.tx.Exec(`UPDATE rights SET pruned_returned = pruned_returned + ? WHERE right_id = ?`, r.entry.End.Amount, r.entry.End.Right)
	return err
}
