package offline

import (
	"context"
	"fmt"
)

// receiptBlock is how many receipt numbers are set apart at once; as many and
// a half at most are missing after a restart.
const receiptBlock = 50

// NextReceipt returns a receipt number that no other sale of this terminal
// has: the epoch and seven digits, so that it can be typed on a keypad.
// Numbers may have gaps. It writes only for the first sale after a start:
// sales set further ones apart in their own transaction.
func (s *Store) NextReceipt(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.receipt == 0 || s.receipt == s.exchange.nextReceipt {
		if err := s.reserveReceipts(ctx); err != nil {
			return "", fmt.Errorf("number receipt: %w", err)
		}
	}
	number := s.receipt
	s.receipt++
	return fmt.Sprintf("%d%07d", s.head.Epoch, number), nil
}

// reserveReceipts begins a block where the last one ended. An errored COMMIT
// that had become durable leaves a block that nobody has.
func (s *Store) reserveReceipts(ctx context.Context) error {
	var first int64
	err := s.write(ctx, func(p *pen) error {
		first = p.exchange.nextReceipt
		return p.setReceiptsApart()
	})
	if err != nil {
		return err
	}
	s.receipt = first
	return nil
}

// keepReceipts sets more numbers apart where few are left.
func (p *pen) keepReceipts() error {
	if p.store.receipt == 0 || p.exchange.nextReceipt-p.store.receipt > receiptBlock/2 {
		return nil
	}
	return p.setReceiptsApart()
}

func (p *pen) setReceiptsApart() error {
	p.exchange.nextReceipt += receiptBlock
	return p.exchange.save(p.tx)
}
