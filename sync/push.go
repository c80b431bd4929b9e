package sync

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// limit is how much a batch may hold now: halved when the other side says too
// large, or says nothing in time, doubled when one went through.
type limit struct{ entries, bytes int }

func fullLimit() limit { return limit{wire.MaxBatchEntries, wire.MaxBatchBytes} }

func (l limit) halve() limit { return limit{max(1, l.entries/2), max(1, l.bytes/2)} }

func (l limit) grow() limit {
	return limit{min(wire.MaxBatchEntries, l.entries*2), min(wire.MaxBatchBytes, l.bytes*2)}
}

// judge makes the next batch smaller where one of so many entries was too large, or was
// not answered in time: the line may be slow, and what does not come by it once never
// does.
func (l *limit) judge(err error, entries int) error {
	var refusal *wire.Refusal
	tooLarge := errors.As(err, &refusal) && refusal.Code == wire.CodeTooLarge
	if tooLarge && entries == 1 {
		return fmt.Errorf("as little as there is: %v", refusal) // wait, since nothing smaller goes
	}
	if late, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err); tooLarge || ok && late.Timeout() {
		*l = l.halve()
	}
	return err
}

// ErrGreet says that headquarters lost the thread, or the hub: Greet, then go on.
var ErrGreet = errors.New("say hello again")

// Push sends one batch and records the ack; it returns how many entries the
// batch had, 0 when there was nothing to send.
func (x *Exchange) Push(ctx context.Context) (int, error) {
	stretch, err := x.outbox.Unsent(ctx, x.limit.entries, x.limit.bytes)
	if err != nil || len(stretch.Bodies) == 0 {
		return 0, err
	}
	stretch.Seal.At = ledger.MillisOf(x.offset.apply(x.now()))
	message, err := wire.EncodeBatch(stretch.Seal, x.identity.Key, stretch.Bodies, stretch.Attachments)
	if err != nil {
		return 0, fmt.Errorf("push: %w", err)
	}
	var ack ledger.Ack
	if err := x.ask(ctx, http.MethodPost, wire.BatchPath, message, &ack); err != nil {
		return 0, x.refused(ctx, err, len(stretch.Bodies))
	}
	if err := x.outbox.Acknowledge(ctx, ack); err != nil {
		return 0, fmt.Errorf("push: %w", err)
	}
	x.limit = x.limit.grow()
	return len(stretch.Bodies), nil
}

// refused turns headquarters' refusal of a batch into what to do next.
func (x *Exchange) refused(ctx context.Context, err error, entries int) error {
	err = x.limit.judge(err, entries)
	var refusal *wire.Refusal
	if !errors.As(err, &refusal) {
		return fmt.Errorf("push: %w", err)
	}
	switch refusal.Code {
	case wire.CodeGap, wire.CodeHello:
		return fmt.Errorf("%w: %w", ErrGreet, refusal)
	case wire.CodeFork, wire.CodeFenced:
		if err := x.outbox.Fence(ctx); err != nil {
			return err
		}
		return fmt.Errorf("%w: %w", ErrFenced, refusal)
	}
	return fmt.Errorf("push: %w", err)
}
