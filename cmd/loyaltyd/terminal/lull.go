package terminal

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

const (
	// lullAfter is how long nobody pressed a key, scanned or called before a
	// till's own headquarters goes to work on the same disk and processors: more
	// than lies between two keys, less than between two customers.
	lullAfter = 500 * time.Millisecond
	// longestDelay is how long a counter that never rests can put it off.
	longestDelay = 10 * time.Second
)

// lull knows when the counter rests. Its zero value has served nobody yet.
type lull struct {
	served atomic.Pointer[time.Time] // when that was last
}

// stir says that somebody is being served.
func (l *lull) stir() { l.served.Store(new(time.Now())) }

// delay is how much longer that should wait which came up at an instant.
func (l *lull) delay(since time.Time) time.Duration {
	served := l.served.Load()
	if served == nil {
		return 0
	}
	return min(time.Until(served.Add(lullAfter)), time.Until(since.Add(longestDelay)))
}

// heard notes the calls of a POS. What watches over the daemon serves nobody.
func (l *lull) heard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			l.stir()
		}
		next.ServeHTTP(w, r)
	})
}

// caughtUp asks a till's own headquarters for rights once that has counted what
// waits for a lull: what she earned a moment ago is hers to spend.
type caughtUp struct {
	*hqsync.Exchange
	loop *hqsync.Loop
	own  *embedded
}

// AskRight implements checkout.Asker.
func (c caughtUp) AskRight(ctx context.Context, account ledger.AccountID, program string, unit ledger.Unit, amount ledger.Points) error {
	if _, err := c.loop.Now(ctx); err != nil {
		return err
	}
	if err := c.own.work(ctx); err != nil {
		return err
	}
	return c.Exchange.AskRight(ctx, account, program, unit, amount)
}
