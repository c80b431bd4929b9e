package loyalty_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// one is one member under a program, driven as headquarters would: time passes,
// something is posted, and what comes by itself is issued.
type one struct {
	t       tester
	p       *loyalty.Program
	zone    *time.Location
	who     loyalty.Profile
	a       *loyalty.Account
	began   loyalty.State // where her story does not begin with nothing
	effects []loyalty.Effect
	sales   map[string]*loyalty.Sold
	n       byte // entries so far
}

func member(t tester, p *loyalty.Program) *one {
	return &one{t: t, p: p, a: &loyalty.Account{Of: "somebody"}, sales: map[string]*loyalty.Sold{}}
}

func (o *one) entry() (id ledger.EntryID) {
	o.n++
	id[0], id[15] = o.n, byte(len(o.a.Of)) // another for another member
	return id
}

func (o *one) moment(at ledger.Millis) loyalty.Moment {
	return loyalty.Moment{At: at, Zone: o.zone, Store: "s1"}
}

func (o *one) did(effects ...loyalty.Effect) {
	for _, e := range effects {
		if e.Entry.IsZero() || e.Kind == "" || e.Day == "" {
			o.t.Fatal(fmt.Sprintf("an effect of nothing: %+v", e))
		}
	}
	o.effects = append(o.effects, effects...)
}

func (o *one) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// pass lets time pass up to noon of a day.
func (o *one) pass(day string) *one { o.passTo(at(day)); return o }

func (o *one) passTo(to ledger.Millis) {
	o.t.Helper()
	effects, err := o.a.Pass(o.p, o.moment(to), o.who)
	o.must(err)
	o.did(effects...)
}

// sell posts a sale, or tells why it is refused.
func (o *one) sell(day, id string, lines []ledger.Line, redeem ...loyalty.Redemption) (loyalty.Outcome, error) {
	o.t.Helper()
	return o.sellAt(at(day), id, lines, redeem...)
}

func (o *one) sellAt(when ledger.Millis, id string, lines []ledger.Line, redeem ...loyalty.Redemption) (loyalty.Outcome, error) {
	o.t.Helper()
	o.passTo(when)
	standing := o.a.Standing(o.p, o.moment(when), o.who)
	b := &loyalty.Basket{Currency: o.p.Currency(), Lines: lines, Redeem: redeem}
	out, err := o.p.Evaluate(loyalty.Occasion{At: when, Zone: o.zone, Store: "s1", Basket: b, Member: &standing})
	if err != nil {
		return out, err
	}
	posted := loyalty.Posted{Entry: o.entry(), Kind: ledger.Sold, Moment: o.moment(when), On: "sale", Outcome: out}
	effect, err := o.a.Post(o.p, posted)
	if err != nil {
		return out, err
	}
	o.did(effect)
	o.keptPromises(out, effect)
	o.sales[id] = &loyalty.Sold{
		Sale:   &ledger.Sale{Currency: o.p.Currency(), Lines: out.Lines, Rewards: out.Rewards, Total: out.Total},
		Effect: effect,
	}
	o.issue(when)
	return out, nil
}

// buy is sell that must not be refused.
func (o *one) buy(day, id string, lines []ledger.Line, redeem ...string) *one {
	o.t.Helper()
	var all []loyalty.Redemption
	for _, reward := range redeem {
		all = append(all, loyalty.Redemption{Reward: reward, Times: 1})
	}
	_, err := o.sell(day, id, lines, all...)
	o.must(err)
	return o
}

func (o *one) issue(when ledger.Millis) {
	o.t.Helper()
	effects, err := o.a.Issue(o.p, o.moment(when), o.who)
	o.must(err)
	o.did(effects...)
}

// do posts an activity; its outcome goes to a referrer too if there is one.
func (o *one) do(day string, a loyalty.Activity, referrer *one) loyalty.Outcome {
	o.t.Helper()
	return o.doAt(at(day), a, referrer)
}

func (o *one) doAt(when ledger.Millis, a loyalty.Activity, referrer *one) loyalty.Outcome {
	o.t.Helper()
	o.passTo(when)
	standing := o.a.Standing(o.p, o.moment(when), o.who)
	occasion := loyalty.Occasion{At: when, Zone: o.zone, Store: "s1", Activity: &a, Member: &standing}
	if referrer != nil {
		referrer.passTo(when)
		hers := referrer.a.Standing(o.p, o.moment(when), referrer.who)
		occasion.Referrer = &hers
	}
	out, err := o.p.Evaluate(occasion)
	o.must(err)
	posted := loyalty.Posted{
		Entry: o.entry(), Kind: ledger.Done, Moment: o.moment(when), On: a.On, Referrer: referrer != nil, Outcome: out,
	}
	effect, err := o.a.Post(o.p, posted)
	o.must(err)
	o.did(effect)
	o.issue(when)
	if referrer != nil {
		effect, err = referrer.a.PostReferral(o.p, posted, effect.Referred)
		o.must(err)
		referrer.did(effect)
		referrer.issue(when)
	}
	return out
}

// back returns some of a sale.
func (o *one) back(day, id string, wish loyalty.Wish) *one {
	o.t.Helper()
	o.backAt(at(day), id, wish)
	return o
}

func (o *one) backAt(when ledger.Millis, id string, wish loyalty.Wish) {
	o.t.Helper()
	o.passTo(when)
	sold := o.sales[id]
	rest, err := sold.Rest()
	o.must(err)
	back, err := rest.Take(wish)
	var excess *loyalty.ExcessReturn
	if errors.As(err, &excess) {
		return
	}
	o.must(err)
	kind := ledger.Returned
	if back.Void {
		kind = ledger.Voided
	}
	effect, err := o.a.Return(o.p, loyalty.Returned{Entry: o.entry(), Kind: kind, Moment: o.moment(when)}, sold, back)
	o.must(err)
	o.did(effect)
	sold.Backs = append(sold.Backs, effect)
}

// wants compares what the account has with words: "points 10 pending 5 owed 3".
func (o *one) wants(day string, want ...string) *one {
	o.t.Helper()
	o.pass(day)
	if diff := cmp.Diff(want, o.words(day)); diff != "" {
		o.t.Fatal(fmt.Sprintf("on %s (-want +got):\n%s", day, diff))
	}
	return o
}

func (o *one) words(day string) (words []string) {
	for _, unit := range slices.Sorted(maps.Keys(o.a.Purses)) {
		purse := o.a.Purses[unit]
		text := fmt.Sprintf("%s %d", unit, purse.Available)
		if purse.Pending > 0 {
			text += fmt.Sprintf(" pending %d", purse.Pending)
		}
		if purse.Receivable > 0 {
			text += fmt.Sprintf(" owed %d", purse.Receivable)
		}
		if ends := o.a.Ends(unit, o.zone); ends != "" {
			text += " ends " + string(ends)
		}
		if text != string(unit)+" 0" {
			words = append(words, text)
		}
	}
	s := o.a.Standing(o.p, o.moment(at(day)), o.who)
	if s.Tier != "" {
		words = append(words, s.Tier)
	}
	ends := o.a.State.StatusEnds(ledger.Date(day))
	for _, status := range s.Statuses {
		words = append(words, fmt.Sprintf("%s until %s", status, ends[status]))
	}
	return words
}

// check looks at what must hold after each step.
func (o *one) check() {
	o.t.Helper()
	o.checkPurses()
	o.checkSums()
	o.checkReplay()
}

// checkPurses compares each balance with its lots.
func (o *one) checkPurses() {
	o.t.Helper()
	for unit, p := range o.a.Purses {
		var available, pending ledger.Points
		for i, l := range p.Lots {
			if l.Left < 0 || l.Left > l.Amount || l.Amount <= 0 {
				o.t.Fatal(fmt.Sprintf("lot %+v", l))
			}
			if l.Pending {
				pending += l.Left
			} else {
				available += l.Left
			}
			if i > 0 && !inOrder(p.Lots[i-1], l) {
				o.t.Fatal(fmt.Sprintf("%s: lot %s stands after %s", unit, l.Name, p.Lots[i-1].Name))
			}
		}
		if available != p.Available || pending != p.Pending || p.Receivable < 0 {
			o.t.Fatal(fmt.Sprintf("%s: lots hold %d and %d, purse %+v", unit, available, pending, p))
		}
		if p.Available > 0 && p.Receivable > 0 {
			o.t.Fatal(fmt.Sprintf("%s: %d available while %d is owed", unit, p.Available, p.Receivable))
		}
	}
}

func inOrder(a, b loyalty.Lot) bool {
	x, y := a.Terms.ExpiresAt, b.Terms.ExpiresAt
	if x == y {
		return a.Order < b.Order || a.Order == b.Order && a.Name < b.Name
	}
	return y == 0 || x != 0 && x < y
}

// checkSums adds up all moves: each is above zero, and what they leave on the
// member's side is what she has.
func (o *one) checkSums() {
	o.t.Helper()
	sums := map[ledger.Unit]map[ledger.LedgerAccount]ledger.Points{}
	for _, e := range o.effects {
		for _, m := range e.Moves {
			if m.Amount <= 0 || m.From == m.To {
				o.t.Fatal(fmt.Sprintf("move %+v", m))
			}
			if sums[m.Unit] == nil {
				sums[m.Unit] = map[ledger.LedgerAccount]ledger.Points{}
			}
			sums[m.Unit][m.From] -= m.Amount
			sums[m.Unit][m.To] += m.Amount
		}
	}
	for unit, sum := range sums {
		var total ledger.Points
		for _, amount := range sum {
			total += amount
		}
		p := o.a.Purse(unit)
		if total != 0 || sum[ledger.Available] != p.Available || sum[ledger.Pending] != p.Pending || sum[ledger.Receivable] != -p.Receivable {
			o.t.Fatal(fmt.Sprintf("%s: postings leave %v, purse %+v", unit, sum, p))
		}
	}
}

// checkReplay folds the effects, as they are kept, into an empty account.
func (o *one) checkReplay() {
	o.t.Helper()
	text, err := json.Marshal(o.effects)
	o.must(err)
	var kept []loyalty.Effect
	o.must(json.Unmarshal(text, &kept))
	again := &loyalty.Account{Of: o.a.Of, State: o.began}
	for i := range kept {
		o.must(again.Fold(&kept[i]))
	}
	if want, got := o.json(o.a), o.json(again); want != got {
		o.t.Fatal("folding the effects gives another account:\n" + cmp.Diff(want, got))
	}
	var read loyalty.Account
	o.must(json.Unmarshal([]byte(o.json(o.a)), &read))
	if o.json(&read) != o.json(o.a) {
		o.t.Fatal("an account read back is another")
	}
}

func (o *one) json(v any) string {
	o.t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	o.must(err)
	return string(text)
}

var _ tester = testing.TB(nil)
