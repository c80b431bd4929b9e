package offline

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// bounds are what redeeming is bounded by beside rights.
type bounds struct {
	perTerminal ledger.Points // Options.PerTerminalCap
	maxOffline  time.Duration // Options.MaxOffline
}

// Bound changes Options.PerTerminalCap and MaxOffline, as another version of the
// program says. It may be called at any time.
func (v *View) Bound(perTerminalCap ledger.Points, maxOffline time.Duration) {
	v.bound.Store(&bounds{perTerminalCap, maxOffline})
}

func (v *View) bounds() bounds {
	if b := v.bound.Load(); b != nil {
		return *b
	}
	return bounds{v.opts.PerTerminalCap, v.opts.MaxOffline}
}
