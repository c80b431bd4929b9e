package screen

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Sum is what the open sale comes to.
type Sum struct {
	Amount  string    `json:"amount,omitempty" doc:"keyed; absent before the first digit" example:"19.99"`
	Pay     string    `json:"to_pay,omitempty" example:"14.99"`
	Off     string    `json:"off,omitempty" doc:"taken off by what is set aside" example:"5.00"`
	Earns   []Earning `json:"earns" nullable:"false"`
	Offers  []Choice  `json:"offers" nullable:"false"`
	Refused []Refused `json:"not_offered" nullable:"false"`
}

// Earning is what is earned of a unit, and why.
type Earning struct {
	Given string   `json:"given" example:"14 points"`
	Whys  []string `json:"why" nullable:"false" doc:"which rule gives it, on what"`
}

// Choice is a reward that can be chosen.
type Choice struct {
	ID    string `json:"reward" example:"five"`
	Name  string `json:"name"`
	Cost  string `json:"cost,omitempty" doc:"absent where it costs nothing" example:"500 points"`
	Value string `json:"value,omitempty" doc:"what it takes off; absent where the basket decides" example:"5.00"`
	Held  bool   `json:"voucher,omitempty" doc:"she has a voucher of it"`
	Taken bool   `json:"taken,omitempty" doc:"it is set aside; chosen again it is given back"`
	Ask   bool   `json:"asks,omitempty" doc:"headquarters is asked first"`
}

// Refused is a reward that she cannot have now.
type Refused struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// sum is what ENTER would come to, as a quote says it. Where that cannot be said
// the sale goes on without it: ENTER says why.
func (s *Screens) sum(ctx context.Context, seen Seen) *Sum {
	program := s.Till.Programs.At(seen.Sale.Began)
	out := &Sum{Earns: []Earning{}, Offers: []Choice{}, Refused: []Refused{}}
	under := ruled{program, s}
	if seen.Amount > 0 {
		out.Amount = under.money(seen.Amount)
	}
	out.taken(under, seen)
	if seen.Amount == 0 {
		out.reach(under, seen)
		return out
	}
	quote, err := s.Till.Quote(ctx, time.Now(), seen.Sale)
	if err != nil {
		return out
	}
	out.offers(under, seen, quote)
	out.Pay = under.money(quote.Total)
	if off := seen.Amount - quote.Total; off > 0 {
		out.Off = under.money(off)
	}
	for _, why := range quote.Explanations {
		out.Earns = append(out.Earns, Earning{under.words(why.Unit, why.Given), []string{why.String()}})
	}
	return out
}

// ruled are the words in which a sale under a program is told.
type ruled struct {
	*loyalty.Program
	screens *Screens
}

func (r ruled) money(amount ledger.Minor) string { return r.screens.money(r.Currency(), amount) }

func (r ruled) words(unit ledger.Unit, n ledger.Points) string {
	return r.screens.amounts(r.Program).Words(unit, n)
}

// taken is the reward that is set aside.
func (s *Sum) taken(under ruled, seen Seen) {
	if seen.Reward == "" {
		return
	}
	taken := Choice{ID: seen.Reward, Name: loyalty.NameWords(seen.Reward), Taken: true}
	if seen.Off > 0 {
		taken.Value = under.money(seen.Off)
	}
	s.Offers = append(s.Offers, taken)
}

// offers are the rewards that this sale can have by a key, and what says no to the
// others.
func (s *Sum) offers(under ruled, seen Seen, quote checkout.Quote) {
	for _, o := range quote.Offers {
		if o.ID != seen.Reward && keyed(o.Reward) {
			s.Offers = append(s.Offers, offering(under, o))
		}
	}
	for _, no := range quote.NotOffered {
		if no.Reward != seen.Reward {
			s.Refused = append(s.Refused, Refused{Name: loyalty.NameWords(no.Reward), Reason: no.Reason})
		}
	}
}

// reach are the rewards that what she has reaches, before an amount is keyed.
func (s *Sum) reach(under ruled, seen Seen) {
	for _, id := range under.Offered(seen.Member.Vouchers) {
		reward, held, _ := under.Ready(seen.Member.Vouchers, id)
		if id == seen.Reward || !keyed(reward) || held.Count == 0 && reward.Cost == 0 {
			continue
		}
		b := seen.Member.Balance(reward.Unit)
		if held.Count == 0 && b.Shown < reward.Cost {
			costs := under.words(reward.Unit, reward.Cost)
			s.Refused = append(s.Refused, Refused{Name: loyalty.NameWords(id), Reason: costs})
			continue
		}
		s.Offers = append(s.Offers, offering(under, loyalty.Offer{Reward: reward, Held: held, Here: held.Count > 0 || b.Spendable >= reward.Cost}))
	}
}

// keyed reports whether a reward can be had by a key: not what only a basket with
// its articles can tell, nor what comes by itself.
func keyed(r loyalty.Reward) bool { return r.Benefit.Kind != loyalty.Item && !r.Auto }

func offering(under ruled, o loyalty.Offer) Choice {
	out := Choice{ID: o.ID, Name: loyalty.NameWords(o.ID), Held: o.Held.Count > 0, Ask: !o.Here}
	if o.Cost > 0 && !out.Held {
		out.Cost = under.words(o.Unit, o.Cost)
	}
	if o.Off() > 0 {
		out.Value = under.money(o.Off())
	}
	return out
}

// earnedBy is what an entry gives of each unit, by the rule that gave it.
func earnedBy(e *ledger.Entry, amounts loyalty.Amounts) (all []Earning) {
	type given struct {
		unit  ledger.Unit
		rule  string
		total ledger.Points
	}
	var rules []given
	for _, posting := range e.Postings {
		if posting.From != ledger.Issued {
			continue
		}
		i := 0
		for i < len(rules) && (rules[i].unit != posting.Unit || rules[i].rule != posting.Rule) {
			i++
		}
		if i == len(rules) {
			rules = append(rules, given{unit: posting.Unit, rule: posting.Rule})
		}
		rules[i].total += posting.Amount // part of what was issued: it fits
	}
	for i, g := range rules {
		if i == 0 || rules[i-1].unit != g.unit {
			now, pending := checkout.EarnedOf(e, g.unit)
			all = append(all, Earning{Given: amounts.Words(g.unit, now+pending)})
		}
		last := &all[len(all)-1]
		last.Whys = append(last.Whys, loyalty.NameWords(g.rule)+" "+amounts.Signed(g.unit, g.total))
	}
	return all
}
