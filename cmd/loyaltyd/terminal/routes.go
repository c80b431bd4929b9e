package terminal

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/release"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// deskRoutes are what a till is asked at its daemon's desk. What only the
// daemon can do or know is added here.
func (t *Terminal) deskRoutes() desk.Routes {
	return desk.Routes{
		"GET /till/status": func(r *http.Request) (any, error) { return t.live(r.Context()) },
		"POST /till/day/close": func(r *http.Request) (any, error) {
			var asked CloseRequest
			if err := desk.Read(r, &asked); err != nil {
				return nil, err
			}
			return t.closeDay(r.Context(), asked.Day)
		},
		"POST /till/sync": func(r *http.Request) (any, error) {
			if t.loop == nil {
				return nil, errTraining()
			}
			return t.exchanged(r.Context(), t.loop.Now)
		},
		"POST /till/clock": func(r *http.Request) (any, error) { return t.acceptClock(r.Context()) },
	}
}

// Live is what only a running daemon knows of its till.
type Live struct {
	Release  string        `json:"release"`
	Training bool          `json:"training"`          // nothing is real, and nothing is sent
	Since    time.Time     `json:"since"`             // its start
	Storage  string        `json:"storage,omitempty"` // why nothing can be written; empty where it can
	Unsent   int           `json:"unsent"`
	Sending  *UnderWay     `json:"sending,omitempty"` // of a backlog that drains
	Reading  *UnderWay     `json:"reading,omitempty"` // of the feed, whose rows have the members
	Reach    Reach         `json:"headquarters"`
	Devices  []DeviceState `json:"devices"`
	// Fencing is why the till is fenced, as headquarters said since the start.
	Fencing *wire.Fencing `json:"fencing,omitempty"`
	Hub     *NearStatus   `json:"hub,omitempty"` // null where the store has none
}

// live looks at the storage, too: a disk that was full and is free again is
// found to be.
func (t *Terminal) live(ctx context.Context) (Live, error) {
	out := Live{Release: release.Name, Training: t.Config.Training, Since: t.seen.began, Reach: t.seen.reached(), Devices: t.seen.all(), Fencing: t.seen.whyFenced()}
	if err := t.Store.Healthy(); err != nil {
		out.Storage = err.Error()
	}
	status, err := t.Store.Status(ctx)
	if err != nil && out.Storage == "" {
		return out, err
	}
	out.Unsent = status.Unsent
	out.Sending, out.Reading = t.sent.of(status.Unsent, time.Now()), t.reading.underWay(time.Now())
	out.Hub = t.near.status(t.Store, status.Unsent)
	return out, nil
}

// liveWait is how long a daemon may take to say how it is.
const liveWait = 5 * time.Second

// AskLive asks the daemon what only it knows; nil where none answers.
func AskLive(ctx context.Context, dir string) (*Live, error) {
	ctx, cancel := context.WithTimeout(ctx, liveWait)
	defer cancel()
	var live Live
	err := desk.Ask(ctx, dir, http.MethodGet, "/till/status", nil, &live)
	if errors.Is(err, desk.ErrNoDaemon) {
		return nil, nil
	}
	return &live, err
}
