package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// passOn carries a lane's request to headquarters as it came, and the answer back:
// both are signed by who made them, for whom they are. Where headquarters is out of
// reach it says so, and the lane tries for itself.
func (h *Hub) passOn(w http.ResponseWriter, r *http.Request) {
	body, err := wire.ReadBody(w, r, full(h.waiters))
	if err != nil {
		h.answer(w, r, "", nil, err)
		return
	}
	answer, err := h.opts.Upstream.Do(r.Context(), hqsync.Request{
		Method: r.Method, Target: r.URL.RequestURI(), Header: carried(r.Header, "Authorization", "Content-Encoding"), Body: body,
	})
	if err != nil {
		wire.SayAlone(w.Header())
		http.Error(w, "", http.StatusServiceUnavailable)
		return
	}
	if r.URL.Path == wire.BatchPath && answer.Status == http.StatusOK {
		h.arrived(r, body, answer)
	}
	for name, values := range carried(answer.Header, "Loyaltyd-Signature", "Loyaltyd-Key-Id", "Content-Type", "Retry-After", "Accept-Encoding") {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Status)
	w.Write(answer.Body) // who does not read the answer asks again
}

// tellKeys tells which keys of headquarters followed which: what headquarters says
// itself, or, where it is out of reach, what the hub heard of it. The keys themselves
// signed that, so it makes no difference who tells it; and whoever knows it takes parts
// of what a newer key granted.
func (h *Hub) tellKeys(w http.ResponseWriter, r *http.Request) {
	answer, err := h.opts.Upstream.Do(r.Context(), hqsync.Request{Method: http.MethodGet, Target: wire.KeysPath, Header: http.Header{}})
	if err == nil && answer.Status == http.StatusOK {
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer.Body) // who does not read the answer asks again
		return
	}
	known, err := h.opts.Headquarters.Successions(r.Context())
	h.answer(w, r, "", wire.Keys{Keys: known}, err)
}

func carried(from http.Header, names ...string) http.Header {
	to := http.Header{}
	for _, name := range names {
		if values := from.Values(name); len(values) > 0 {
			to[http.CanonicalHeaderKey(name)] = values
		}
	}
	return to
}

// arrived drops what headquarters has of a lane by a batch that it took: it need not
// be relayed. What cannot be read is relayed all the same, and what something between
// says to have been taken.
func (h *Hub) arrived(r *http.Request, packed []byte, answer hqsync.Answer) {
	if h.opts.Headquarters.Genuine(r.Context(), answer, wire.NonceOf(r, packed, h.opts.Chain)) != nil {
		return
	}
	message, err := wire.Unpack(r.Header.Get("Content-Encoding"), packed)
	if err != nil {
		return
	}
	seal, err := wire.SealOf(message)
	if err != nil {
		return
	}
	_ = h.update(r.Context(), func(tx *sqlitedb.Tx) error {
		return dropBatches(tx, seal.Terminal, seal.Epoch, seal.Branch, last(seal))
	})
}

func dropBatches(tx *sqlitedb.Tx, of ledger.TerminalID, epoch ledger.Epoch, branch ledger.Branch, upTo ledger.Seq) error {
	_, err := tx.Exec(`DELETE FROM batch WHERE terminal = ? AND epoch = ? AND branch = ? AND last <= ?`, of, epoch, branch, upTo)
	if err != nil {
		return fmt.Errorf("drop batches: %w", err)
	}
	return nil
}

const (
	// relayAfter is how long a lane has to bring a batch to headquarters itself.
	relayAfter = 30 * time.Second
	// askEvery is how often headquarters is told what is due, and asked who the lanes
	// are.
	askEvery = 10 * time.Second
	// againEvery is how often headquarters is brought what it did not take.
	againEvery = time.Hour
)

// Run brings headquarters what lanes told and it does not have, and learns who they
// are, until the context ends. What fails is tried again, and what headquarters does not
// take now too: once its lane said hello, or a person put another in its place, or
// headquarters was upgraded, it may.
func (h *Hub) Run(ctx context.Context) {
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	var last time.Time
	for {
		_ = h.LearnLanes(ctx)
		now := h.opts.Now()
		again := now.Sub(last).Abs() >= againEvery
		if answered, _ := h.relay(ctx, relayAfter, again); answered && again {
			last = now
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// Relay brings headquarters all that lanes told and it does not have.
func (h *Hub) Relay(ctx context.Context) error {
	_, err := h.relay(ctx, 0, true)
	return err
}

// relaying is what rounds of bringing know of each other.
type relaying struct {
	mu sync.Mutex // held during one
	// behind are journals for which headquarters was busy, or not there, when they were
	// brought last.
	behind map[journal]bool
}

// kept is a batch that is to be relayed.
type kept struct {
	n       int64
	of      journal
	last    ledger.Seq
	message []byte
	refused bool // headquarters did not take it
}

// journal is one branch of a lane's.
type journal struct {
	lane   ledger.TerminalID
	epoch  ledger.Epoch
	branch ledger.Branch
}

// relay brings what waited for long enough, each journal in order; again also what was
// not taken before. It ends where headquarters is busy, or does not answer: it may be
// away. Since it may be this journal alone that does not come through, all others are
// brought before it the next time. It reports whether headquarters answered anything.
func (h *Hub) relay(ctx context.Context, after time.Duration, again bool) (answered bool, err error) {
	h.relaying.mu.Lock()
	defer h.relaying.mu.Unlock()
	r := round{Hub: h, after: after, again: again, refused: map[journal]bool{}}
	if err = r.bring(ctx); err == nil && len(h.relaying.behind) > 0 {
		clear(h.relaying.behind)
		err = r.bring(ctx)
	}
	return r.answered, err
}

// round is one round of bringing.
type round struct {
	*Hub
	after    time.Duration
	again    bool
	refused  map[journal]bool // of which the rest would not go on from what is there
	answered bool
}

// bring brings what is due of all journals but those behind.
func (r *round) bring(ctx context.Context) error {
	for n := int64(0); ; {
		b, err := r.due(ctx, n, r.after, r.again)
		if err != nil || b == nil {
			return err
		}
		n = b.n
		if r.refused[b.of] || r.relaying.behind[b.of] {
			continue
		}
		if err := r.bringOne(ctx, b); err != nil {
			return err
		}
	}
}

func (r *round) bringOne(ctx context.Context, b *kept) error {
	err := r.opts.Headquarters.Relay(ctx, b.message)
	var refusal *wire.Refusal
	isRefused := errors.As(err, &refusal) && refusal.Code != wire.CodeBusy && refusal.Code != wire.CodeClock
	if err != nil && !isRefused {
		r.relaying.behind[b.of] = true
		return err
	}
	r.answered = true
	if !isRefused {
		return r.drop(ctx, b)
	}
	if r.refused[b.of] = true; !b.refused {
		r.opts.Notify("headquarters does not take now what a lane told", b.of.lane, err)
	}
	return r.refuse(ctx, b, refusal)
}

// due is the first batch behind n that waited for long enough; nil where none did. One
// that was told while the hub's clock was ahead waited for as long as anybody knows, but
// for what its lane told before.
func (h *Hub) due(ctx context.Context, n int64, after time.Duration, again bool) (*kept, error) {
	var b *kept
	now := h.at()
	err := h.db.View(ctx, func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(`
			SELECT n, terminal, epoch, branch, last, message, refused IS NOT NULL
			FROM batch b
			WHERE n > ?1 AND (?4 OR refused IS NULL) AND (at_ms <= ?2 OR at_ms > ?3 AND NOT EXISTS (
				SELECT 1 FROM batch e
				WHERE e.n < b.n AND e.terminal = b.terminal AND e.epoch = b.epoch AND e.branch = b.branch
					AND e.at_ms > ?2 AND e.at_ms <= ?3))
			ORDER BY n
			LIMIT 1`, n, now.Add(-after), now, again)
		if err != nil {
			return err
		}
		defer rows.Close()
		if rows.Next() {
			b = new(kept)
			return rows.Scan(&b.n, &b.of.lane, &b.of.epoch, &b.of.branch, &b.last, &b.message, &b.refused)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read batches: %w", err)
	}
	return b, nil
}

// drop drops a batch that headquarters took. Its lane may have brought it meanwhile, and
// another's have its number by now.
func (h *Hub) drop(ctx context.Context, b *kept) error {
	return h.update(ctx, func(tx *sqlitedb.Tx) error {
		return dropBatches(tx, b.of.lane, b.of.epoch, b.of.branch, b.last)
	})
}

// refuse keeps a batch that headquarters does not take now, and what follows it in its
// journal: the lane brings it, or has another history by now, or it is taken later. Of
// whom it is nobody says any more where somebody was erased since it came.
func (h *Hub) refuse(ctx context.Context, b *kept, why *wire.Refusal) error {
	return h.update(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`
			UPDATE batch SET refused = ?
			WHERE n >= ? AND terminal = ? AND epoch = ? AND branch = ?`, why.Error(), b.n, b.of.lane, b.of.epoch, b.of.branch)
		if err != nil {
			return err
		}
		return forgetRefused(tx, b)
	})
}
