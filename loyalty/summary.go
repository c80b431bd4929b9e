package loyalty

import (
	"cmp"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Summary is a program in plain words, for those who run it and those who buy
// under it. Words are sentences in English; ids and names are those of the
// file, so that one can find there what is told.
type Summary struct {
	Program   string          `json:"program"`
	Version   int             `json:"version"`
	Currency  ledger.Currency `json:"currency"`
	Announced ledger.Date     `json:"announced"`
	Effective ledger.Date     `json:"effective"`
	// Notice is how long before Effective members are told, as in "60 days";
	// empty where they need not be.
	Notice    string          `json:"notice"`
	Eligible  string          `json:"eligible"`
	Units     []UnitSummary   `json:"units"`
	Tiers     *TiersSummary   `json:"tiers,omitempty"`
	Rules     []RuleSummary   `json:"rules"`
	Rewards   []RewardSummary `json:"rewards"`
	Limits    []LimitSummary  `json:"limits"`
	GivesBack GivesBack       `json:"gives_back"`
	Proof     ProofSummary    `json:"proof"`
	Claim     string          `json:"claim"`
	Offline   []string        `json:"offline"`
	// Warnings are what a manager should look at before the version is used.
	Warnings []Warning `json:"warnings"`
}

// UnitSummary is one reward currency.
type UnitSummary struct {
	ID      string   `json:"id"`
	Words   []string `json:"words"` // what for, when it can be spent, when it ends, how it is rounded
	Worth   *Worth   `json:"worth,omitempty"`
	BestFor string   `json:"best_for,omitempty"` // the reward on which one is worth most
}

// Worth is what one unit brings when it is spent.
type Worth struct {
	// Minor is an exact fraction of minor units of the currency, as in "2/1".
	Minor string `json:"minor"`
	// UpTo says that the basket may make it less.
	UpTo  bool   `json:"up_to"`
	Words string `json:"words,omitempty"` // none where money is worth what it says
}

// TiersSummary is what levels there are, lowest first.
type TiersSummary struct {
	Words  string         `json:"words"`
	Levels []LevelSummary `json:"levels"`
}

// LevelSummary is one level.
type LevelSummary struct {
	ID    string        `json:"id"`
	From  ledger.Points `json:"from"` // units of the window from which it is reached
	Words string        `json:"words"`
}

// RuleSummary is one way to earn.
type RuleSummary struct {
	ID    string      `json:"id"`
	From  ledger.Date `json:"from,omitempty"`
	Until ledger.Date `json:"until,omitempty"` // first day on which it no longer holds
	When  string      `json:"when,omitempty"`  // as it is written
	Words string      `json:"words"`
}

// RewardSummary is one thing to have.
type RewardSummary struct {
	ID      string        `json:"id"`
	Unit    ledger.Unit   `json:"unit,omitempty"`
	Cost    ledger.Points `json:"cost,omitempty"`
	Benefit string        `json:"benefit"`
	Worth   *Worth        `json:"worth,omitempty"`
	When    string        `json:"when,omitempty"` // as it is written
	Words   string        `json:"words"`
}

// LimitSummary is one limit and what draws on it.
type LimitSummary struct {
	ID    string   `json:"id"`
	Words string   `json:"words"`
	Of    []string `json:"of"` // ids of rules and rewards
}

// ProofSummary says how surely a member must be here.
type ProofSummary struct {
	Earn     string `json:"earn"`
	Redeem   string `json:"redeem"`
	Detached string `json:"detached,omitempty"` // what becomes of a sale with less proof
}

// Summary tells the program.
func (p *Program) Summary() Summary {
	most := p.worst(true)
	return Summary{
		Program: p.ref.ID, Version: p.ref.Version, Currency: p.currency,
		Announced: p.announced, Effective: p.effective, Notice: p.noticeWords(),
		Eligible:  capital(p.eligibleWords()),
		Units:     p.unitSummaries(),
		Tiers:     p.tiersSummary(),
		Rules:     p.ruleSummaries(),
		Rewards:   p.rewardSummaries(),
		Limits:    p.limitSummaries(),
		GivesBack: p.givesBack(most),
		Proof:     ProofSummary{proofWords(p.proof.Earn), proofWords(p.proof.Redeem), p.detachedWords()},
		Claim:     capital(p.claimWords()),
		Offline:   p.offlineWords(),
		Warnings:  p.warnings(most),
	}
}

func (p *Program) noticeWords() string {
	if p.notice.isZero() {
		return ""
	}
	return p.notice.words()
}

func (p *Program) unitSummaries() []UnitSummary {
	units := make([]UnitSummary, len(p.units))
	for i := range p.units {
		u := &p.units[i]
		units[i] = UnitSummary{ID: string(u.name)}
		for _, words := range p.unitWords(u) {
			if words != "" {
				units[i].Words = append(units[i].Words, words)
			}
		}
		if best, reward := p.bestWorth(u); best != nil {
			units[i].Worth = &Worth{best.String(), true, p.worthWords(u, best, true)}
			units[i].BestFor = reward
		}
	}
	return units
}

func (p *Program) tiersSummary() *TiersSummary {
	if p.tiers == nil {
		return nil
	}
	t := &TiersSummary{Words: p.tiersWords()}
	for _, l := range p.tiers.levels {
		t.Levels = append(t.Levels, LevelSummary{l.name, l.from, p.levelWords(l)})
	}
	return t
}

// ruleSummaries tells first what holds for every sale, then what has a
// condition, what has dates, and last what is not about sales.
func (p *Program) ruleSummaries() []RuleSummary {
	rules := make([]RuleSummary, 0, len(p.rules))
	for _, r := range slices.SortedStableFunc(slices.Values(p.rules), byReader) {
		rules = append(rules, RuleSummary{r.id, r.from, r.until, written(r.when), capital(p.ruleWords(&r))})
	}
	return rules
}

func byReader(a, b rule) int { return cmp.Compare(a.readAs(), b.readAs()) }

func (r *rule) readAs() int {
	switch {
	case r.on != onSale:
		return 3
	case r.from != "" || r.until != "":
		return 2
	case r.when != nil:
		return 1
	}
	return 0
}

func (p *Program) rewardSummaries() []RewardSummary {
	rewards := make([]RewardSummary, len(p.rewards))
	for i, r := range p.rewards {
		rewards[i] = RewardSummary{
			ID: r.ID, Unit: r.Unit, Cost: r.Cost, Benefit: p.benefitWords(r.Benefit), When: written(r.when), Words: capital(p.rewardWords(r)),
		}
		if each, upTo := r.worth(); each != nil {
			rewards[i].Worth = &Worth{each.String(), upTo, p.worthWords(p.unitOf(r.Unit), each, upTo)}
		}
	}
	return rewards
}

func (p *Program) limitSummaries() []LimitSummary {
	limits := []LimitSummary{}
	for _, name := range namesOf(p.limits) {
		words := p.limitWords(p.limits[name], p.limitUnit(name))
		limits = append(limits, LimitSummary{name, capital(words), p.limitUsers(name)})
	}
	return limits
}
