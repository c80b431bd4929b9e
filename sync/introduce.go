package sync

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Introducing is the terminal's store as it tells of members whom headquarters' feed has
// not brought, and hears of those of other lanes.
type Introducing interface {
	// Introductions returns those behind a mark, at most so many, and up to where they
	// go.
	Introductions(ctx context.Context, after ledger.IntroducedUpTo, most int) ([]ledger.Introduction, ledger.IntroducedUpTo, error)
	// IntroductionCursor returns up to where the hub's list was applied.
	IntroductionCursor(ctx context.Context) (ledger.Cursor, error)
	// ApplyIntroductions keeps those of other lanes, and moves the cursor, in one
	// transaction. heard is the last erasure that who tells them had heard of: where
	// more were heard of here, or the cursor is not at after any more, nothing is kept
	// and nothing moves.
	ApplyIntroductions(ctx context.Context, told []ledger.Introduction, after, next ledger.Cursor, heard ledger.Millis) error
	// ErasedUpTo returns the serial of the last erasure heard of here.
	ErasedUpTo() ledger.Millis
}

// beginIntroducing goes on from nothing: a hub may have lost what it had, and hears of
// few.
func (l *HubLink) beginIntroducing(taken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.introduces, l.introduced = taken, ledger.IntroducedUpTo{}
}

// introducing says whether the hub takes introductions, how far it has them, and up to
// which erasure it has heard.
func (l *HubLink) introducing() (bool, ledger.IntroducedUpTo, ledger.Millis) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.introduces, l.introduced, l.heard
}

// introduce tells the hub of members whom the feed has not brought, and returns how many.
func (l *HubLink) introduce(ctx context.Context) (int, error) {
	taken, after, heard := l.introducing()
	if !taken {
		return 0, nil
	}
	some, upTo, err := l.outbox.Introductions(ctx, after, wire.MaxIntroductions)
	if err != nil || len(some) == 0 {
		return 0, err
	}
	message, err := json.Marshal(wire.Introductions{Introductions: some})
	if err != nil {
		return 0, err
	}
	if err := l.ask(ctx, http.MethodPost, wire.HubIntroductionsPath, message, new(wire.Introduced)); err != nil {
		return 0, fmt.Errorf("introduce to hub: %w", new(limit).judge(err, 1)) // they are as few as they may be
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.introduced == after && l.heard == heard {
		l.introduced = upTo
	}
	return len(some), nil
}

// askIntroductions has a request for news ask for introductions too, where the hub has
// such, and returns from where on.
func (l *HubLink) askIntroductions(ctx context.Context, query url.Values) (after ledger.Cursor, err error) {
	if taken, _, _ := l.introducing(); !taken {
		return after, nil
	}
	if after, err = l.outbox.IntroductionCursor(ctx); err != nil {
		return after, err
	}
	query.Set(wire.IntroductionsParam, cursorText(after))
	query.Set(wire.ErasuresParam, wire.Erasures{Heard: l.outbox.ErasedUpTo()}.Text())
	return after, nil
}

// takeIntroductions keeps whom a page introduces; all of them must make sense. A hub
// that has heard of another erasure is to be told anew whom to introduce: somebody new
// with the number of who was erased it has taken for her.
func (l *HubLink) takeIntroductions(ctx context.Context, after ledger.Cursor, page *wire.NewsPage) error {
	if page.Introduced == nil {
		return nil
	}
	for i := range page.Introductions {
		if err := page.Introductions[i].Check(); err != nil {
			return err
		}
	}
	if *page.Introduced != after || len(page.Introductions) > 0 {
		if err := l.outbox.ApplyIntroductions(ctx, page.Introductions, after, *page.Introduced, page.Erasures); err != nil {
			return err
		}
	}
	if l.hubHeard(page.Erasures) {
		return fmt.Errorf("the hub has heard of an erasure: %w", ErrGreet)
	}
	return nil
}

// hubHeard notes up to which erasure the hub has heard, and reports whether that is more
// than when it was told whom to introduce.
func (l *HubLink) hubHeard(heard ledger.Millis) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	more := heard > l.heard && l.introduced != (ledger.IntroducedUpTo{})
	l.heard = heard
	return more
}
