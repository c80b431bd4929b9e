package terminal

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
	"github.com/loyaltyd/loyaltyd/report"
)

const (
	// pruneEvery is how often a till looks for bodies that may go.
	pruneEvery = time.Hour
	// pruneRest lies between two runs: others wait for the disk, too.
	pruneRest = time.Second
)

// prune takes away bodies of old entries that headquarters has in a backup, a few at
// a time and while nobody is being served, until the context ends. A failure is told
// once, until it can again.
func (t *Terminal) prune(ctx context.Context) {
	gone, lacking, told := 0, 0, ""
	for wait := pruneRest; service.Rest(ctx, wait); {
		if wait = t.lull.delay(time.Now()); wait > 0 {
			continue // somebody is being served
		}
		if lacks := t.Store.Opening().Pruned; lacks > lacking {
			t.log.Error().Int("entries", lacks-lacking).
				Msg("a new epoch began without bodies that were pruned here: a headquarters put back to an older backup lacks them")
			lacking = lacks
		}
		n, more, err := t.Store.Prune(ctx, t.summarize)
		gone += n
		switch {
		case ctx.Err() != nil:
		case err != nil && err.Error() != told:
			told = err.Error()
			t.log.Error().Err(err).Msg("old entries could not be pruned")
		case err == nil && !more && gone > 0:
			t.log.Info().Int("entries", gone).Msg("bodies of old entries pruned: headquarters has them in a backup")
			gone, told = 0, ""
		}
		if wait = pruneEvery; more {
			wait = pruneRest
		}
	}
}

// summarize is what is kept of a business day whose bodies go.
func (t *Terminal) summarize(ctx context.Context, day ledger.Date) ([]byte, error) {
	till, err := ReportedTill(t.Identity)
	if err != nil {
		return nil, err
	}
	return report.Summary(ctx, t.Store, till, day, ledger.MillisOf(time.Now()))
}

// The store and its read-only view are what reports are made of.
var (
	_ report.Source = (*offline.Store)(nil)
	_ report.Source = (*offline.View)(nil)
)
