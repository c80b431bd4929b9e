package main

import (
	"context"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/release"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// deskRoutes are what a till is asked at its daemon's desk. What only the
// daemon can do or know is added here.
func (t *terminal) deskRoutes() desk.Routes {
	return desk.Routes{
		"GET /till/status": func(r *http.Request) (any, error) { return t.live(r.Context()) },
		"POST /till/day/close": func(r *http.Request) (any, error) {
			var asked closeRequest
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

// liveStatus is what only a running daemon knows of its till.
type liveStatus struct {
	Release  string        `json:"release"`
	Training bool          `json:"training"`          // nothing is real, and nothing is sent
	Since    time.Time     `json:"since"`             // its start
	Storage  string        `json:"storage,omitempty"` // why nothing can be written; empty where it can
	Unsent   int           `json:"unsent"`
	Sending  *underWay     `json:"sending,omitempty"` // of a backlog that drains
	Reading  *underWay     `json:"reading,omitempty"` // of the feed, whose rows have the members
	Reach    reach         `json:"headquarters"`
	Devices  []deviceState `json:"devices"`
	// Fencing is why the till is fenced, as headquarters said since the start.
	Fencing *wire.Fencing `json:"fencing,omitempty"`
	Hub     *nearStatus   `json:"hub,omitempty"` // null where the store has none
}

// live looks at the storage, too: a disk that was full and is free again is
// found to be.
func (t *terminal) live(ctx context.Context) (liveStatus, error) {
	out := liveStatus{Release: release.Name, Training: t.config.Training, Since: t.seen.began, Reach: t.seen.reached(), Devices: t.seen.all(), Fencing: t.seen.whyFenced()}
	if err := t.store.Healthy(); err != nil {
		out.Storage = err.Error()
	}
	status, err := t.store.Status(ctx)
	if err != nil && out.Storage == "" {
		return out, err
	}
	out.Unsent = status.Unsent
	out.Sending, out.Reading = t.sent.of(status.Unsent, time.Now()), t.reading.underWay(time.Now())
	out.Hub = t.near.status(t.store, status.Unsent)
	return out, nil
}
