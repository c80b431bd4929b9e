package sync

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

const (
	// hubDial bounds how long it takes to find that a hub is gone: it is in the same
	// house. Who asks for a counter waits for less (hubBudget).
	hubDial = time.Second
	// hubRest is for how long a hub that did not answer is left alone.
	hubRest = 3 * time.Second
)

// Way is how headquarters was reached last.
type Way string

// The ways.
const (
	ByHub    Way = "hub"
	Directly Way = "direct"
	Nowhere  Way = ""
)

// Via is a transport to headquarters through the store's hub, which passes requests
// on as they are, or directly where the hub is gone or alone itself.
type Via struct {
	Hub, Direct Transport
	// Reached says whether the hub answers; one that does not is passed by.
	Reached func() bool
	Now     func() time.Time

	mu    sync.Mutex
	rests time.Time // until when the hub is left alone
	way   Way
}

// Way says how headquarters was reached last.
func (v *Via) Way() Way {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.way
}

func (v *Via) went(way Way) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.way = way
}

// Do implements Transport.
func (v *Via) Do(ctx context.Context, request Request) (Answer, error) {
	if answer, ok := v.byHub(ctx, request); ok {
		v.went(ByHub)
		return answer, nil
	}
	answer, err := v.Direct.Do(ctx, request)
	if err != nil {
		v.went(Nowhere)
		return answer, err
	}
	v.went(Directly)
	return answer, nil
}

func (v *Via) byHub(ctx context.Context, request Request) (Answer, bool) {
	if !v.Reached() || v.resting() {
		return Answer{}, false
	}
	answer, err := v.Hub.Do(ctx, request)
	if err != nil && ctx.Err() == nil {
		v.rest()
	}
	return answer, err == nil && !(answer.Status == http.StatusServiceUnavailable && wire.IsAlone(answer.Header))
}

func (v *Via) resting() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.Now().Before(v.rests)
}

func (v *Via) rest() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rests = v.Now().Add(hubRest)
}
