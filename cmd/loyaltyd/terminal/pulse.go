package terminal

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
)

// Supervision is how the service manager is told of a till.
func (t *Terminal) Supervision() service.Supervised {
	return service.Supervised{Turn: t.turn, Status: t.statusLine, Log: t.log}
}

// turn returns once the counter's goroutine has come round and the store could
// be asked. A disk that fails is no reason to begin anew: a restart mends none.
func (t *Terminal) turn(ctx context.Context) {
	beat := make(chan struct{})
	select {
	case t.beats <- beat:
	case <-ctx.Done():
		return
	}
	select {
	case <-beat:
		_ = t.Store.Healthy() // what it says is told at the counter and by status
	case <-ctx.Done():
	}
}

// statusLine is what `systemctl status` shows.
func (t *Terminal) statusLine(ctx context.Context) string {
	live, err := t.live(ctx)
	switch {
	case err != nil:
		return "storage: " + err.Error()
	case live.Storage != "":
		return "storage: " + live.Storage
	case t.Config.Training:
		return TrainingMark + ": nothing is sent"
	case live.Reach.Reached:
		return fmt.Sprintf("%d unsent, headquarters reached", live.Unsent)
	case live.Reach.Unknown:
		return fmt.Sprintf("headquarters does not know this till: `loyaltyd status` says what to do (%d unsent)", live.Unsent)
	case live.Reach.Since == nil:
		return fmt.Sprintf("%d unsent, headquarters not reached yet", live.Unsent)
	}
	return fmt.Sprintf("%d unsent, headquarters not reached since %s", live.Unsent, live.Reach.Since.In(t.header.Zone).Format("15:04 MST"))
}
