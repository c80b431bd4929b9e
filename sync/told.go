package sync

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// maxAnswer is for how long an answer may be on its way, by our clock, and its time be
// taken for the present.
const maxAnswer = wire.MaxWait + time.Minute

// fresh is the time that an answer told, or none where it is not sure to be of now: a
// machine that slept after it asked reads what was true before.
func (x *Exchange) fresh(told ledger.Millis, asked time.Time) ledger.Millis {
	if x.now().Round(0).Sub(asked.Round(0)) > maxAnswer { // what slept has no monotonic clock
		return 0
	}
	return told
}
