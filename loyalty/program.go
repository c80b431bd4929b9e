package loyalty

import (
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Program is one version of a program, immutable. Load makes it.
type Program struct {
	ref       ledger.ProgramRef
	currency  ledger.Currency
	effective ledger.Date
	proof     Proofs
	units     []unit
	rewards   []Reward // in the order of the file
	offline   Offline
}

// unit is a reward currency with all that gives it.
type unit struct {
	name ledger.Unit
	// den is a denominator common to the rates of gives.
	den int64
	// gives are in order of rule id, so that the order of the file decides
	// nothing; rules are their ids, as explanations name them.
	gives []give
	rules []string
}

// give is what one rule gives of one unit. each: basket and each: line are
// the same until a rule can say which lines it is for.
type give struct {
	rule  string
	rate  Rate          // of a line's net; zero where fixed
	fixed ledger.Points // once per sale; zero where there is a rate
}

// Proofs say how surely a member must be here to earn and to redeem.
type Proofs struct {
	Earn   ledger.Proof
	Redeem ledger.Proof
}

// Reward is what a member can have for units: a discount, in this release.
type Reward struct {
	ID       string
	Unit     ledger.Unit
	Cost     ledger.Points
	Discount ledger.Minor // in the program's currency
	// Repeat says that one sale may take any multiple of it, up to what the
	// basket needs; otherwise a sale takes it once.
	Repeat bool
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

// Currency returns the currency of every amount of the program.
func (p *Program) Currency() ledger.Currency { return p.currency }

// Effective returns the first day the version is in force.
func (p *Program) Effective() ledger.Date { return p.effective }

// Proof returns how surely a member must be here.
func (p *Program) Proof() Proofs { return p.proof }

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

// MainUnit returns the first spendable unit: the one displays tell.
func (p *Program) MainUnit() ledger.Unit { return p.units[0].name }

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

// CheapestCost returns the cost of the cheapest reward in a unit, or false
// where the unit buys nothing.
func (p *Program) CheapestCost(unit ledger.Unit) (ledger.Points, bool) {
	var cheapest ledger.Points
	for _, reward := range p.rewards {
		if reward.Unit == unit && (cheapest == 0 || reward.Cost < cheapest) {
			cheapest = reward.Cost
		}
	}
	return cheapest, cheapest > 0
}
