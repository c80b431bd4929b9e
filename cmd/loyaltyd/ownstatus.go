package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// ownStatus is how the headquarters stands that a till carries inside itself.
type ownStatus struct {
	hq.Status
	Retired bool   `json:"retired,omitempty"`
	Older   bool   `json:"older,omitempty"`   // an earlier release wrote it, and its daemon has not started since
	Problem string `json:"problem,omitempty"` // it cannot be read; then nothing else is known
	away    bool   // its PostgreSQL is not reached, or fails
}

// readOwn reads it beside the daemon. A headquarters that cannot be read is
// what `status` is asked for to say.
func readOwn(ctx context.Context, config configs.Config) *ownStatus {
	if f := lookAt(config.DataDir); f.retired && !f.headquarters() {
		return &ownStatus{Retired: true, Problem: errRetired.Error()}
	}
	look, err := hq.OpenReadOnly(ctx, hqOptions(config))
	if err != nil {
		return &ownStatus{
			Problem: err.Error(), Older: errors.Is(err, sqlitedb.ErrOlderSchema), away: errors.As(err, new(*postgres.StorageError)),
		}
	}
	defer look.Close()
	status, err := look.Status(ctx)
	if err != nil {
		return &ownStatus{Problem: err.Error()}
	}
	return &ownStatus{Status: status}
}

func (c *console) writeOwn(s ownStatus) {
	if s.Retired {
		fmt.Fprintf(c.out, "ITS OWN HEADQUARTERS IS NO MORE: %s\n", s.Problem)
		return
	}
	if s.Problem != "" {
		fmt.Fprintf(c.out, "ITS OWN HEADQUARTERS CANNOT BE READ: %s\n", s.Problem)
		return
	}
	fmt.Fprintf(c.out, "its own headquarters: tills %d, members %d, entries %d\n", s.Terminals, s.Accounts, s.Entries)
	if s.Quarantined > 0 {
		fmt.Fprintf(c.out, "%d entries in quarantine: they could not be read and are tried again at each start\n", s.Quarantined)
	}
	if s.Flagged > 0 {
		fmt.Fprintf(c.out, "%d entries meet a rule of conduct: its log names them, `loyaltyd member history` shows them\n", s.Flagged)
	}
	if s.WaitsUntil > 0 {
		fmt.Fprintf(c.out, "RESTORED: it waits for %d tills and sets no points aside until they are heard: `loyaltyd hq restored`\n", s.Awaited)
	}
	if s.ClockUnsound {
		fmt.Fprintln(c.out, "THE CLOCK JUMPED: nothing is reclaimed until somebody looked at it: `loyaltyd clock accept`")
	}
}
