package offline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	// markEvery and markAfterTime bound what the mark does not cover.
	markEvery     = 100
	markAfterTime = 10 * time.Second
)

// markAfter writes the mark where it is due: for a spend always, else after so
// many entries or so long. Only a spend waits for it: any other entry is on
// disk already, and Healthy tells of a mark that cannot be written.
func (s *Store) markAfter(spend bool) error {
	if s.markedN == s.last {
		return nil
	}
	since := s.opts.Now().Sub(s.markedAt)
	if !spend && s.last-s.markedN < markEvery && since >= 0 && since < markAfterTime {
		return nil
	}
	if err := s.writeMark(); err != nil && spend {
		return err
	}
	return nil
}

// Sale is View.Sale for whoever tells what stands: a spend that was never answered,
// because the mark could not be written, is an error until it is.
func (s *Store) Sale(ctx context.Context, day ledger.Date, saleID string) (*ledger.SaleExists, error) {
	found, err := s.View.Sale(ctx, day, saleID)
	if err != nil || found == nil || !s.gate.Load().unmarked {
		return found, err
	}
	if err := s.markFound(ctx, found); err != nil {
		return nil, fmt.Errorf("find sale: %w", err)
	}
	return found, nil
}

// Recent is View.Recent for whoever tells what stands: without spends that were never
// answered, until the mark can be written.
func (s *Store) Recent(ctx context.Context, most int) ([]*ledger.Entry, error) {
	found, err := s.View.Recent(ctx, most)
	if err != nil || !s.gate.Load().unmarked {
		return found, err
	}
	return slices.DeleteFunc(found, func(e *ledger.Entry) bool { return s.markSpend(ctx, e) != nil }), nil
}

// markFound writes the mark where it does not cover a spend that was found.
func (s *Store) markFound(ctx context.Context, found *ledger.SaleExists) error {
	e, err := ledger.Decode(found.Body)
	if err != nil {
		return nil // its body is gone: it is old
	}
	return s.markSpend(ctx, e)
}

// markSpend writes the mark where it does not cover an entry that spends.
func (s *Store) markSpend(ctx context.Context, e *ledger.Entry) error {
	if !spends(e) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int64
	err := s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT min(n) FROM journal WHERE id = ?`, e.ID).Scan(&n)
	})
	if err != nil || n <= s.markedN {
		return err
	}
	return s.writeMark()
}

// markBeforeSending writes the mark before what it does not cover is sent: an
// older journal that is put back after headquarters has the rest must be told
// from one that is whole, or it spends again what was given back meanwhile. Where the mark
// cannot be written it is sent without: what can be lost by that DESIGN.md says.
func (s *Store) markBeforeSending() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.markedN != s.last {
		_ = s.writeMark()
	}
}

// writeMark writes the mark. One that cannot be written holds nothing up but what would
// spend: what is sold is in the journal, and what reaches headquarters is safe there, so
// who is about neither goes on without the error. Until a mark is written again nothing
// may be redeemed, status says why, and Healthy tells and tries again.
func (s *Store) writeMark() error {
	s.markErr = s.mark.write(mark{
		terminal: s.opts.Terminal, head: s.head, clock: s.exchange.clock.mark,
	})
	if s.markErr == nil {
		s.markedN, s.markedAt = s.last, s.opts.Now()
	}
	if unmarked := s.markErr != nil; s.exchange.unmarked != unmarked {
		s.exchange.unmarked = unmarked
		s.publish()
	}
	return s.markErr
}
