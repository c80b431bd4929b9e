package offline

import (
	"context"
	"fmt"
)

// receiptBlock is how many receipt numbers one transaction sets apart; as many
// at most are missing after a restart.
const receiptBlock = 50

// receipts are numbers set apart and not yet given.
type receipts struct{ next, end int64 }

// NextReceipt returns a receipt number that no other sale of this terminal
// has: the epoch and seven digits, so that it can be typed on a keypad.
// Numbers may have gaps.
func (s *Store) NextReceipt(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.receipts.next == s.receipts.end {
		if err := s.reserveReceipts(ctx); err != nil {
			return "", fmt.Errorf("number receipt: %w", err)
		}
	}
	number := s.receipts.next
	s.receipts.next++
	return fmt.Sprintf("%d%07d", s.head.Epoch, number), nil
}

func (s *Store) reserveReceipts(ctx context.Context) error {
	var block receipts
	err := s.write(ctx, func(p *pen) error {
		block = receipts{next: p.exchange.nextReceipt, end: p.exchange.nextReceipt + receiptBlock}
		p.exchange.nextReceipt = block.end
		return p.exchange.save(p.tx)
	})
	if err != nil {
		return err
	}
	s.receipts = block
	return nil
}
