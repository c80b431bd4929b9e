package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// never stands for a date that does not come.
const never = "never"

// look returns what is so of what a step expects.
func (w *world) look(s *Step, t told, e Expectation) (string, error) {
	switch e.What {
	case "earned":
		return amountOf(t.earned, e.Of), nil
	case "clawed":
		return amountOf(t.clawed, e.Of), nil
	case "discount":
		return itoa(int64(discount(t))), nil
	case "lines":
		nets := make([]string, len(t.outcome.Net))
		for i, net := range t.outcome.Net {
			nets[i] = itoa(int64(net))
		}
		return listed(nets), nil
	case "offers":
		return listed(t.offers), nil
	case "refused":
		if t.refused == "" {
			return "nothing refused", nil
		}
		return t.refused, nil
	}
	return w.lookAtAccount(s, e)
}

func (w *world) lookAtAccount(s *Step, e Expectation) (string, error) {
	account, err := w.account(s.About, s)
	if err != nil || account == nil {
		return "nobody", err
	}
	m := w.moment(s)
	if e.Of != "" && e.What != "statuses" && !slices.Contains(w.program.Units(), ledger.Unit(e.Of)) {
		return fmt.Sprintf("no unit %q in the program", e.Of), nil
	}
	purse := account.Purse(ledger.Unit(e.Of))
	standing := account.Standing(w.program, m, w.profile(s.About))
	switch e.What {
	case "available":
		return itoa(int64(purse.Available)), nil
	case "pending":
		return itoa(int64(purse.Pending)), nil
	case "receivable":
		return itoa(int64(purse.Receivable)), nil
	case "tier":
		return standing.Tier, nil
	case "expires":
		if ends := account.Ends(ledger.Unit(e.Of), w.Zone); ends != "" {
			return string(ends), nil
		}
		return never, nil
	case "vouchers":
		var held []string
		for _, v := range standing.Vouchers {
			for range min(v.Count, maxSteps) {
				held = append(held, v.Reward)
			}
		}
		return listed(held), nil
	case "statuses":
		return w.status(account.State.StatusEnds(ledger.DateAt(s.At, w.Zone)), e.Of), nil
	}
	return "", fmt.Errorf("nobody looks at %s", e.What) // expect reads no other word
}

// status is the first day on which a status no longer holds; of none in
// particular all that hold.
func (w *world) status(held map[string]ledger.Date, of string) string {
	if of != "" {
		if end, ok := held[of]; ok {
			return string(end)
		}
		return never
	}
	if len(held) == 0 {
		return "none"
	}
	return listed(slices.Sorted(maps.Keys(held)))
}

// want writes what is expected as look writes what is so.
func (e *Expectation) want() string {
	if e.Lists != nil {
		return listed(e.Lists)
	}
	return e.Want
}

func (e *Expectation) name() string { return strings.TrimSpace(e.What + " " + e.Of) }

func listed(items []string) string { return "[" + strings.Join(items, ", ") + "]" }

// amountOf is what there is of a unit; of none in particular which there are.
func amountOf(amounts map[string]ledger.Points, unit string) string {
	if unit != "" {
		return amounts[unit].String()
	}
	var some []string
	for _, name := range slices.Sorted(maps.Keys(amounts)) {
		if amounts[name] != 0 {
			some = append(some, name)
		}
	}
	if len(some) == 0 {
		return "none"
	}
	return listed(some)
}

func discount(t told) (sum ledger.Minor) {
	for _, taken := range t.outcome.Rewards {
		sum += taken.Discount // at most the basket
	}
	return sum
}
