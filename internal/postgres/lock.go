package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrLocked says that another transaction kept what it has locked for longer than
// WaitAtMost let wait. It is always an ErrStorage: nothing of the transaction is kept.
var ErrLocked = errors.New("locked by another transaction")

type waitKey struct{}

// WaitAtMost gives a context whose transactions wait only so long, a millisecond or
// more, for each lock that another has. Without it a statement waits as long as it may
// run.
func WaitAtMost(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, waitKey{}, d)
}

// bounded lets an Update begin with the context's bound for locks, in one message.
func bounded(ctx context.Context, options pgx.TxOptions) pgx.TxOptions {
	if d, has := ctx.Value(waitKey{}).(time.Duration); has {
		options.BeginQuery = fmt.Sprintf(`BEGIN ISOLATION LEVEL %s; SET LOCAL lock_timeout = %d`, options.IsoLevel, d.Milliseconds())
	}
	return options
}
