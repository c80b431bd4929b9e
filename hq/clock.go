package hq

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// markEvery is how often the clock's mark is written.
const markEvery = time.Minute

// time is what rights are judged by: the present, or, while that is not to be believed,
// the last that was. One that is years ahead would end them all.
func (h *Headquarters) time() ledger.Millis {
	now, mark := ledger.MillisOf(h.now()), ledger.Millis(h.mark.Load())
	if h.soundClock(mark, now) {
		return now
	}
	return mark
}

// latest is the last instant at which what comes now can have been written: the present,
// which is not before the last that was believed. Where the clock stands ahead, what tills
// say of when they sold holds; were it the last that was believed, all that they sold
// since would have been sold then. It is that where they have the same clock.
func (h *Headquarters) latest() ledger.Millis {
	if h.sameClock {
		return h.time()
	}
	return max(ledger.MillisOf(h.now()), ledger.Millis(h.mark.Load()))
}

// told is the time as a terminal is told it: none, to one that takes that, while the
// present is not to be believed.
func (h *Headquarters) told(untold bool) ledger.Millis {
	if untold && !h.soundNow() {
		return 0
	}
	return h.time()
}

// soundNow reports whether the present is to be believed.
func (h *Headquarters) soundNow() bool {
	return h.soundClock(ledger.Millis(h.mark.Load()), ledger.MillisOf(h.now()))
}

// markClock keeps the latest time this headquarters worked at, and reports
// whether the present one may be believed.
func (h *Headquarters) markClock(ctx context.Context, now ledger.Millis) (sound bool, err error) {
	var mark ledger.Millis
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		mark, err = readClock(tx)
		return err
	})
	if err != nil {
		return false, err
	}
	unsound := !h.soundClock(mark, now)
	if unsound && !h.clockTold {
		h.notify(event.Event{What: event.Clock, Reason: fmt.Sprintf("it was %s", mark.Time().Format(time.RFC3339))})
	}
	h.clockTold = unsound
	if unsound {
		return false, nil
	}
	if now < mark.Add(markEvery) {
		return true, nil
	}
	return true, h.ConfirmClock(ctx)
}

// soundClock: a clock a little behind its mark is slewed, not set back.
func (r *reading) soundClock(mark, now ledger.Millis) bool {
	return now <= mark.Add(r.maxStop) && now >= mark.Add(-markEvery)
}

func readClock(tx *database.Tx) (mark ledger.Millis, err error) {
	if err := tx.QueryRow(`SELECT clock_mark_ms FROM chain`).Scan(&mark); err != nil {
		return 0, fmt.Errorf("read clock's mark: %w", err)
	}
	return mark, nil
}

// ConfirmClock believes the present time, after a person looked at it.
func (h *Headquarters) ConfirmClock(ctx context.Context) error {
	now := ledger.MillisOf(h.now())
	err := h.update(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(`UPDATE chain SET clock_mark_ms = $1`, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("mark the clock: %w", err)
	}
	h.mark.Store(int64(now))
	return nil
}
