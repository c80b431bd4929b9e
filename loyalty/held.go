package loyalty

import (
	"cmp"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Held are vouchers of one reward that are alike.
type Held struct {
	Reward string
	Terms  ledger.LotTerms
	Count  int64
}

// Older reports whether another version than a program's own issued them: what
// they give is that one's to say.
func (h Held) Older(p *Program) bool {
	return h.Terms.Promise.Version != 0 && h.Terms.Promise.Version != p.ref.Version
}

// HeldBy returns the voucher that a hold sets aside, if it sets one aside.
func HeldBy(hold ledger.Hold) (h Held, ok bool) {
	if h.Reward, ok = hold.Unit.Voucher(); !ok {
		return Held{}, false
	}
	if h.Count = 1; hold.Terms != nil {
		h.Terms = *hold.Terms
	}
	return h, true
}

// Of is a reward as a voucher of it gives it: once, and for nothing. One of a
// release that kept no promise with its vouchers gives what the version in force
// says.
func (h Held) Of(r Reward) Reward {
	r.ID, r.Unit, r.Cost, r.Repeat, r.voucher = h.Reward, "", 0, false, period{}
	if promise := h.Terms.Promise; promise != (ledger.Promise{}) {
		r.Benefit = benefitOf(promise)
	}
	return r
}

// Ready returns the reward of an id as she can have it next: by a voucher that
// she holds, also of a reward that the program no longer has, or as the program
// has it; false where it is neither.
func (p *Program) Ready(vouchers []Held, id string) (r Reward, held Held, ok bool) {
	return p.ready(vouchers, id, 0)
}

// ready is Ready after some of her vouchers were used.
func (p *Program) ready(vouchers []Held, id string, used int64) (r Reward, held Held, ok bool) {
	r, ok = p.Reward(id)
	held, has := nextOf(vouchers, id, used)
	if !has {
		return r, Held{}, ok
	}
	if !ok && held.Terms.Promise == (ledger.Promise{}) {
		return r, Held{}, false // nobody knows what it gives
	}
	return held.Of(r), held, true
}

// Offered are the rewards of the program, in the order of its file, and those that
// only a voucher among hers still gives.
func (p *Program) Offered(vouchers []Held) (ids []string) {
	for _, r := range p.rewards {
		ids = append(ids, r.ID)
	}
	for _, h := range vouchers {
		if _, _, ok := p.Ready(vouchers, h.Reward); ok && !slices.Contains(ids, h.Reward) {
			ids = append(ids, h.Reward)
		}
	}
	return ids
}

// refused says why a voucher cannot be used so often in one go.
func (h Held) refused(times int64) string {
	kind := BenefitKind(h.Terms.Promise.Benefit)
	switch {
	case times > 1:
		return "she holds a voucher of it, which is taken once per sale: ask for it once"
	case kind != "" && !kind.known():
		return "this till does not know what it gives: its software is too old"
	}
	return ""
}

// terms are those of the voucher, where they are known.
func (h Held) terms() *ledger.LotTerms {
	if h.Terms == (ledger.LotTerms{}) {
		return nil
	}
	return new(h.Terms)
}

// nextOf is the voucher of a reward that is used after some were: the one that
// ends soonest goes first.
func nextOf(vouchers []Held, reward string, used int64) (Held, bool) {
	for _, h := range vouchers {
		if h.Reward != reward {
			continue
		}
		if used < h.Count {
			return h, true
		}
		used -= h.Count
	}
	return Held{}, false
}

// Count returns how many vouchers of a reward are among them.
func Count(vouchers []Held, reward string) (n int64) {
	for _, h := range vouchers {
		if h.Reward == reward {
			n = addUpTo(n, h.Count)
		}
	}
	return n
}

// SortHeld puts vouchers in the order in which they are used: by what ends
// soonest, and those alike together.
func SortHeld(vouchers []Held) []Held {
	slices.SortStableFunc(vouchers, func(a, b Held) int {
		return cmp.Or(cmp.Compare(a.Reward, b.Reward), cmp.Compare(endOf(a.Terms), endOf(b.Terms)))
	})
	var alike []Held
	for _, h := range vouchers {
		if n := len(alike); n > 0 && alike[n-1].Reward == h.Reward && alike[n-1].Terms == h.Terms {
			alike[n-1].Count = addUpTo(alike[n-1].Count, h.Count)
			continue
		}
		alike = append(alike, h)
	}
	return alike
}

// promise is what a voucher of a reward keeps of the version that issues it.
func (p *Program) promise(r Reward) ledger.Promise {
	b := r.Benefit
	return ledger.Promise{
		Version: p.ref.Version, Benefit: string(b.Kind), Value: b.Value, PercentNum: b.Percent.Num, PercentDen: b.Percent.Den,
		Max: b.Max, Item: b.Item, To: b.To, Access: b.Access,
	}
}

func benefitOf(p ledger.Promise) Benefit {
	return Benefit{
		Kind: BenefitKind(p.Benefit), Value: p.Value, Percent: Rate{p.PercentNum, p.PercentDen},
		Max: p.Max, Item: p.Item, To: p.To, Access: p.Access,
	}
}
