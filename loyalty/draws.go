package loyalty

import (
	"math"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// draws are what one occasion draws on a member's limits.
type draws struct {
	limits map[string]limit
	of     *Standing
	uses   []ledger.LimitUse
}

// room returns how often, and how much, the limits still allow together, and
// the first that allows nothing at all.
func (d *draws) room(names []string) (uses int64, amount ledger.Points, full string) {
	uses, amount = math.MaxInt64, math.MaxInt64
	for _, name := range names {
		l, used := d.limits[name], d.used(name)
		if l.uses > 0 {
			uses = min(uses, max(0, l.uses-used.Uses))
		} else {
			amount = min(amount, max(0, l.amount-used.Amount))
		}
		if full == "" && (uses == 0 || amount == 0) {
			full = name
		}
	}
	return uses, amount, full
}

func (d *draws) used(limit string) Usage {
	used := d.of.used(limit)
	for _, u := range d.uses {
		if u.Limit == limit {
			used.Uses += u.Uses
			used.Amount += u.Amount
		}
	}
	return used
}

// draw notes what something under limits gave.
func (d *draws) draw(names []string, use ledger.LimitUse) {
	for _, name := range names {
		drawn := use
		drawn.Limit = name
		if d.limits[name].uses > 0 {
			drawn.Amount = 0
		} else {
			drawn.Uses = 0
		}
		d.uses = append(d.uses, drawn)
	}
}
