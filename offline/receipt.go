package offline

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// receiptBlock is how many receipt numbers are set apart at once; as many and
// a half at most are missing after a restart.
const receiptBlock = 50

// receipts are the numbers set apart that nobody has yet. They have a lock of
// their own: a sale is numbered while another is being written.
type receipts struct {
	terminal ledger.TerminalID

	mu    sync.Mutex
	epoch ledger.Epoch
	next  int64 // to give; 0 before the first
	end   int64 // the first that is not set apart
}

// set takes over what was committed.
func (r *receipts) set(epoch ledger.Epoch, end int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch, r.end = epoch, end
}

// begin gives numbers from first on.
func (r *receipts) begin(first int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next = first
}

// give gives a number, or false where none is left.
func (r *receipts) give() (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == 0 || r.next >= r.end {
		return "", false
	}
	r.next++
	return ReceiptNumber(r.terminal, r.epoch, r.next-1), true
}

// few reports whether a new block is due, once numbers are given at all.
func (r *receipts) few(end int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next != 0 && end-r.next <= receiptBlock/2
}

// ReceiptNumber is what stands on a receipt: the epoch and the number within
// it, and two digits by which another terminal's number, or one keyed wrong, is
// almost never one of this terminal's. All are digits, so that it can be keyed.
func ReceiptNumber(terminal ledger.TerminalID, epoch ledger.Epoch, number int64) string {
	text := fmt.Sprintf("%d%06d", epoch, number)
	sum := ledger.HashOf([]byte(terminal.String() + " receipt " + text))
	return fmt.Sprintf("%s%02d", text, binary.BigEndian.Uint32(sum[:])%97)
}

// NextReceipt returns a receipt number that no other sale of this terminal
// has; see ReceiptNumber. Numbers may have gaps. It writes only for the first
// sale after a start: sales set further ones apart in their own transaction.
func (s *Store) NextReceipt(ctx context.Context) (string, error) {
	if number, ok := s.receipts.give(); ok {
		return number, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if number, ok := s.receipts.give(); ok {
			return number, nil
		}
		if err := s.reserveReceipts(ctx); err != nil {
			return "", fmt.Errorf("number receipt: %w", err)
		}
	}
}

// reserveReceipts begins a block where the last one ended. An errored COMMIT
// that had become durable leaves a block that nobody has.
func (s *Store) reserveReceipts(ctx context.Context) error {
	var first int64
	err := s.write(ctx, func(p *pen) error {
		first = p.exchange.nextReceipt
		return p.setReceiptsApart()
	})
	if err == nil {
		s.receipts.begin(first)
	}
	return err
}

// keepReceipts sets more numbers apart where few are left.
func (p *pen) keepReceipts() error {
	if !p.store.receipts.few(p.exchange.nextReceipt) {
		return nil
	}
	return p.setReceiptsApart()
}

func (p *pen) setReceiptsApart() error {
	p.exchange.nextReceipt += receiptBlock
	return p.exchange.save(p.tx)
}
