package loyalty

import (
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// Program is one version of a program, immutable. Load makes it.
type Program struct {
	ref       ledger.ProgramRef
	source    []byte
	currency  ledger.Currency
	announced ledger.Date
	effective ledger.Date
	notice    period // how long before members are told
	proof     Proofs
	detached  period // how long a detached sale waits to be confirmed
	claim     Claim
	eligible  *condition.Condition // which lines count; nil for all
	units     []unit               // in the order of the file
	tiers     *tiers               // nil where there are none
	limits    map[string]limit
	rules     []rule   // in order of id, so that the order of the file decides nothing
	rewards   []Reward // in the order of the file
	offline   Offline
}

// Proofs say how surely a member must be here to earn and to redeem.
type Proofs struct {
	Earn   ledger.Proof
	Redeem ledger.Proof
}

// Claim says for how many days a receipt without a member may be claimed; no
// days, not at all. Limit is the name of the limit it draws on, or empty.
type Claim struct {
	Days  int
	Limit string
}

// Offline is how much of a balance headquarters may place at terminals as
// grants, whole multiples of the cheapest reward, and for how long.
type Offline struct {
	Share       Rate          // of the account's available balance, at most 1/1
	Cap         ledger.Points // per account
	SpendFor    time.Duration // from placing to the last instant of spending
	Grace       time.Duration // from then to reclaiming
	MaxAge      time.Duration // without headquarters' word; beyond it no redemption
	PerTerminal ledger.Points // all open grants of one terminal
}

// Ref names the version as entries do; its hash is of the YAML's bytes.
func (p *Program) Ref() ledger.ProgramRef { return p.ref }

// Source returns the YAML's bytes as they were read. They are the program's own.
func (p *Program) Source() []byte { return p.source }

// Currency returns the currency of every amount of the program.
func (p *Program) Currency() ledger.Currency { return p.currency }

// Announced returns the day from which members are told of the version.
func (p *Program) Announced() ledger.Date { return p.announced }

// Effective returns the first day the version is in force.
func (p *Program) Effective() ledger.Date { return p.effective }

// Begins returns the first instant at which the version is in force in a zone.
func (p *Program) Begins(zone *time.Location) ledger.Millis { return midnight(p.effective, zone) }

// Proof returns how surely a member must be here.
func (p *Program) Proof() Proofs { return p.proof }

// Claim returns how receipts without a member may be claimed.
func (p *Program) Claim() Claim { return p.claim }

// Offline returns what may be placed at terminals.
func (p *Program) Offline() Offline { return p.offline }

// Units returns the program's units in the order of the file.
func (p *Program) Units() []ledger.Unit {
	names := make([]ledger.Unit, len(p.units))
	for i, u := range p.units {
		names[i] = u.name
	}
	return names
}

// Counters returns the units that only count, for levels: nobody spends them.
func (p *Program) Counters() (names []ledger.Unit) {
	for _, u := range p.units {
		if !u.spendable {
			names = append(names, u.name)
		}
	}
	return names
}

// MainUnit returns the first spendable unit, the one displays tell; the first
// of all where none is.
func (p *Program) MainUnit() ledger.Unit {
	for _, u := range p.units {
		if u.spendable {
			return u.name
		}
	}
	return p.units[0].name
}

// Rewards returns the rewards in the order of the file.
func (p *Program) Rewards() []Reward { return slices.Clone(p.rewards) }

// Reward returns the reward of an id.
func (p *Program) Reward(id string) (Reward, bool) {
	for _, reward := range p.rewards {
		if reward.ID == id {
			return reward, true
		}
	}
	return Reward{}, false
}

// Knows reports whether a rule is about an activity.
func (p *Program) Knows(activity string) bool {
	return activity != onSale && slices.ContainsFunc(p.rules, func(r rule) bool { return r.on == activity })
}

// CheapestCost returns the cost of the cheapest reward in a unit, or false
// where the unit buys nothing.
func (p *Program) CheapestCost(unit ledger.Unit) (ledger.Points, bool) {
	var cheapest ledger.Points
	for _, reward := range p.rewards {
		if reward.Unit == unit && reward.Cost > 0 && (cheapest == 0 || reward.Cost < cheapest) {
			cheapest = reward.Cost
		}
	}
	return cheapest, cheapest > 0
}

// unitOf returns a declared unit, or nil. Units of vouchers are declared
// nowhere.
func (p *Program) unitOf(name ledger.Unit) *unit {
	for i := range p.units {
		if p.units[i].name == name {
			return &p.units[i]
		}
	}
	return nil
}
