package loyalty_test

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// stepsWanted is how many steps the stories about all programs have together,
// at rapid's hundred checks.
const stepsWanted = 50_000

// Whatever happens under any program that is shipped, after each step:
//
//   - each posting is above zero, from one account to another; per unit they sum
//     to zero, and what they leave on the member's side is what she has;
//   - a balance is the sum of its lots, of which 0 ≤ left ≤ amount;
//   - she never owes a unit while some of it is available;
//   - what comes back of a sale is at most what it earned and cost, and all of it
//     once all of the sale has come back, or it is void;
//   - an effect folds once; time passed, what comes by itself, and a return of all
//     do nothing the second time; whatever refuses changes nothing;
//   - folding the effects, as they are kept, gives the account again, bit for bit;
//   - no limit is exceeded in any of its windows, and what is drawn on it is what
//     was given under it;
//   - a level is kept for as long as the file says, and neither lost nor kept for
//     less before that is over;
//   - a lot keeps its terms whatever the version, and is vested and ended once its
//     time has come;
//   - the explanation of each unit adds up, over rules and over lines, to what was
//     given; each rule of the event is among those that gave or those that missed,
//     with a reason; and each number it prints reads back as exactly what it was;
//   - no line's discount is more than the line costs, all of them are what the
//     rewards took off, and the total is what is left;
//   - what is offered is exactly what Evaluate then takes and the account pays for,
//     as often as was said and no more often; what is not offered is refused for
//     the reason that was told.
func TestShippedHolds(t *testing.T) {
	all := allShipped(t)
	checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	if err != nil {
		t.Fatal(err)
	}
	each := stepsWanted/100/len(all) + 1
	var steps, told int
	for _, w := range all {
		t.Run(w.name, func(t *testing.T) {
			seen := map[string]int{}
			rapid.Check(t, func(rt *rapid.T) {
				s := begin(rt, w, seen)
				for i := range each {
					s.step(i < each/3)
					steps++
				}
				s.end()
			})
			w.coverage(t, seen, checks)
			told++
		})
	}
	t.Logf("%d steps over %d programs", steps, len(all))
	if want := stepsWanted * checks / 100; steps < want && told == len(all) {
		t.Errorf("%d steps, of at least %d", steps, want)
	}
}

// coverage demands that each rule gave something, and that each reward was
// taken: else the stories pass by what they are about.
func (w *written) coverage(t *testing.T, seen map[string]int, checks int) {
	t.Helper()
	if checks < 100 || t.Failed() {
		return
	}
	for _, r := range w.rules {
		if seen["rule "+r.ID] == 0 {
			t.Errorf("rule %s never gave anything", r.ID)
		}
	}
	for _, r := range w.p.Rewards() {
		if seen["reward "+r.ID] == 0 {
			t.Errorf("reward %s was never taken", r.ID)
		}
	}
	t.Log(seen)
}

// story is one member's under a shipped program, and what must hold of it.
type story struct {
	*one
	r       *rapid.T
	w       *written
	now     ledger.Millis
	friend  *one
	refs    map[string]bool
	changed bool
	seen    map[string]int

	checked  int // of the effects
	again    *loyalty.Account
	sums     map[ledger.Unit]map[ledger.LedgerAccount]ledger.Points
	terms    map[string]ledger.LotTerms
	drawn    map[string]map[ledger.Date]loyalty.Usage
	promised map[string]ledger.Date
	counted  map[ledger.Date]bool // days on which something counted toward levels
}

var zones = []string{"UTC", "Europe/Istanbul", "America/Los_Angeles", "Asia/Kathmandu"}

func begin(t *rapid.T, w *written, seen map[string]int) *story {
	s := &story{
		r: t, w: w, one: member(t, w.p), friend: member(t, w.p), refs: map[string]bool{}, seen: seen,
		sums: map[ledger.Unit]map[ledger.LedgerAccount]ledger.Points{}, terms: map[string]ledger.LotTerms{},
		drawn: map[string]map[ledger.Date]loyalty.Usage{}, promised: map[string]ledger.Date{},
		counted: map[ledger.Date]bool{},
	}
	zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
	s.must(err)
	s.zone, s.friend.zone, s.friend.a.Of = zone, zone, "friend"
	s.who = loyalty.Profile{BirthMonth: rapid.IntRange(0, 12).Draw(t, "birth month"), Segments: w.some(t, "segments")}
	s.a.State.Referrals, s.friend.a.State.Referrals = w.someFriends(t), w.someFriends(t)
	s.friend.began = s.friend.a.State
	s.now = at(rapid.SampledFrom(w.dates).Draw(t, "begins"))
	s.again = s.a.Clone()
	return s
}

// step is one thing that happens. At first they follow each other closely, so
// that what holds for days only is met.
func (s *story) step(closely bool) {
	hours := []int{0, 1, 5, 24, 75, 7 * 24, 30 * 24, 120 * 24}
	if closely {
		hours = hours[:5]
	}
	s.now = s.now.Add(time.Duration(rapid.SampledFrom(hours).Draw(s.r, "hours")) * time.Hour)
	kinds := []string{"nothing", "sell", "sell", "sell", "sell", "sell late", "return", "return", "return all", "void", "version"}
	if len(s.w.events) > 0 {
		kinds = append(kinds, "do", "do", "do", "refer", "refer", "referred", "referred")
	}
	switch kind := rapid.SampledFrom(kinds).Draw(s.r, "step"); kind {
	case "sell":
		s.sells(s.now)
	case "sell late":
		s.sells(s.now.Add(-time.Duration(rapid.IntRange(1, 20*24).Draw(s.r, "late")) * time.Hour))
	case "return":
		s.returns(s.wish())
	case "return all":
		s.returns(loyalty.Wish{All: true})
	case "void":
		s.returns(loyalty.Wish{Void: true})
	case "version":
		if !s.changed { // once: one version follows another
			s.p, s.changed = rapid.SampledFrom(s.w.versions).Draw(s.r, "version"), true
			s.friend.p = s.p
		}
	case "do":
		s.does(s.one, s.who, nil)
	case "refer":
		s.does(s.one, s.who, s.friend)
	case "referred":
		s.does(s.friend, s.friend.who, s.one)
	}
	s.check()
}

// sells sells a basket with all that is asked for, or else without.
func (s *story) sells(when ledger.Millis) {
	b := s.w.basket(s.r)
	referred := rapid.IntRange(0, 3).Draw(s.r, "referred") == 0
	s.passTo(when)
	s.friend.passTo(when)
	standing, hers := s.a.Standing(s.p, s.moment(when), s.who), s.friend.a.Standing(s.p, s.moment(when), s.friend.who)
	o := loyalty.Occasion{At: when, Zone: s.zone, Store: "s1", Explain: true, Basket: b, Member: &standing}
	if referred {
		o.Referrer = &hers
	}
	out, err := s.p.Evaluate(o)
	s.must(err)
	if asked := s.asks(s.offered(o, out)); len(asked) > 0 {
		more, err := s.evaluate(o, asked...)
		var no *loyalty.RewardRefused
		switch {
		case err == nil:
			s.offered(withRedeem(o, asked), more)
			if s.posts(withRedeem(o, asked), more) {
				return
			}
		case !errors.As(err, &no) || no.Reason == "" || no.Reward == "":
			s.t.Fatal("asked for ", asked, ": ", err)
		}
	}
	if !s.posts(o, out) {
		s.t.Fatal("a sale that costs nothing is refused")
	}
}

// asks picks rewards: mostly one of those that are offered.
func (s *story) asks(offers []loyalty.Offer) []loyalty.Redemption {
	if len(offers) == 0 || rapid.IntRange(0, 2).Draw(s.r, "any reward") == 0 {
		return s.w.redeems(s.r)
	}
	offer := rapid.SampledFrom(offers).Draw(s.r, "offer")
	return []loyalty.Redemption{{Reward: offer.ID, Times: rapid.Int64Range(1, offer.Times).Draw(s.r, "times")}}
}

// evaluate evaluates the sale with rewards beside those it asks for.
func (s *story) evaluate(o loyalty.Occasion, more ...loyalty.Redemption) (loyalty.Outcome, error) {
	return s.p.Evaluate(withRedeem(o, more))
}

func withRedeem(o loyalty.Occasion, more []loyalty.Redemption) loyalty.Occasion {
	b := *o.Basket
	b.Redeem = append(slices.Clone(b.Redeem), more...)
	o.Basket = &b
	return o
}

// posts posts a sale; false where the account cannot pay for it, and is as it
// was.
func (s *story) posts(o loyalty.Occasion, out loyalty.Outcome) bool {
	s.checkOutcome(o, out)
	posted := loyalty.Posted{
		Entry: s.entry(), Kind: ledger.Sold, Moment: s.moment(o.At), On: "sale", Referrer: o.Referrer != nil, Outcome: out,
	}
	if !s.pays(out) {
		before := s.json(s.a)
		_, err := s.a.Post(s.p, posted)
		var no *loyalty.NoRedeem
		if !errors.As(err, &no) || s.json(s.a) != before {
			s.t.Fatal("what cannot be paid for: ", err)
		}
		return false
	}
	effect, err := s.a.Post(s.p, posted)
	s.must(err)
	s.did(effect)
	s.sales[fmt.Sprint("S", len(s.sales))] = &loyalty.Sold{
		Sale:   &ledger.Sale{Currency: s.p.Currency(), Lines: out.Lines, Rewards: out.Rewards, Total: out.Total},
		Effect: effect,
	}
	s.comesByItself(o.At)
	if o.Referrer != nil {
		s.refers(posted, effect, s.friend)
	}
	return true
}

// pays says whether the account has what the rewards cost.
func (s *story) pays(out loyalty.Outcome) bool {
	return !slices.ContainsFunc(out.Costs, func(c loyalty.Cost) bool { return s.a.Purse(c.Unit).Available < c.Amount })
}

// refers posts the referrer's side, if there is one.
func (s *story) refers(posted loyalty.Posted, friend loyalty.Effect, referrer *one) {
	if referrer == nil {
		return
	}
	effect, err := referrer.a.PostReferral(s.p, posted, friend.Referred)
	s.must(err)
	referrer.did(effect)
	referrer.issue(posted.At)
}

func (s *story) comesByItself(when ledger.Millis) {
	s.issue(when)
	if effects, err := s.a.Issue(s.p, s.moment(when), s.who); len(effects) > 0 || err != nil {
		s.t.Fatal("what comes by itself comes twice: ", effects, err)
	}
}

// does does an activity of hers or her friend's, once for its ref.
func (s *story) does(by *one, who loyalty.Profile, referrer *one) {
	events := s.w.events
	if referrer != nil && len(s.w.brought) > 0 {
		events = s.w.brought
	}
	a := s.w.activity(s.r, events)
	key := a.On + " " + a.Name + " " + a.Ref
	if s.refs[key] {
		return
	}
	s.refs[key] = true
	s.passTo(s.now)
	s.friend.passTo(s.now)
	standing := by.a.Standing(s.p, s.moment(s.now), who)
	o := loyalty.Occasion{At: s.now, Zone: s.zone, Store: "s1", Explain: true, Activity: &a, Member: &standing}
	if referrer != nil {
		hers := referrer.a.Standing(s.p, s.moment(s.now), referrer.who)
		o.Referrer = &hers
	}
	out, err := s.p.Evaluate(o)
	s.must(err)
	s.checkOutcome(o, out)
	posted := loyalty.Posted{
		Entry: s.entry(), Kind: ledger.Done, Moment: s.moment(s.now), On: a.On, Referrer: referrer != nil, Outcome: out,
	}
	effect, err := by.a.Post(s.p, posted)
	s.must(err)
	by.did(effect)
	by.issue(s.now)
	s.refers(posted, effect, referrer)
}

// wish is a line, part of one, or an amount, to come back.
func (s *story) wish() (w loyalty.Wish) {
	if rapid.Bool().Draw(s.r, "amount") {
		return loyalty.Wish{Gross: ledger.Minor(rapid.Int64Range(1, 20_000).Draw(s.r, "gross"))}
	}
	for range rapid.IntRange(1, 2).Draw(s.r, "lines back") {
		line := ledger.ReturnedLine{Line: rapid.IntRange(0, 3).Draw(s.r, "line")}
		switch rapid.IntRange(0, 3).Draw(s.r, "how") {
		case 1:
			line.Gross = ledger.Minor(rapid.Int64Range(1, 10_000).Draw(s.r, "part"))
		case 2:
			line.Quantity = rapid.Int64Range(1, 6).Draw(s.r, "pieces")
		case 3:
			line.Net = ledger.Minor(rapid.Int64Range(1, 10_000).Draw(s.r, "net part"))
		}
		w.Lines = append(w.Lines, line)
	}
	return w
}

// returns takes back what of a wish is left.
func (s *story) returns(wish loyalty.Wish) {
	if len(s.sales) == 0 {
		return
	}
	s.passTo(s.now)
	sold := s.sales[fmt.Sprint("S", rapid.IntRange(0, len(s.sales)-1).Draw(s.r, "of"))]
	rest, err := sold.Rest()
	s.must(err)
	back, cut, err := rest.Fit(wish)
	var invalid *loyalty.InvalidBasket
	if errors.As(err, &invalid) {
		return // there is no such line
	}
	s.must(err)
	if cut != nil && len(back.Lines) == 0 {
		return // nothing is left
	}
	kind := ledger.Returned
	if back.Void {
		kind = ledger.Voided
	}
	effect, err := s.a.Return(s.p, loyalty.Returned{Entry: s.entry(), Kind: kind, Moment: s.moment(s.now)}, sold, back)
	s.must(err)
	s.did(effect)
	sold.Backs = append(sold.Backs, effect)
	s.checkSold(sold)
}

// checkSold compares what came back of a sale with what it earned and cost.
func (s *story) checkSold(sold *loyalty.Sold) {
	whole, void := s.nothingLeft(sold), false
	kept := map[string]bool{}
	for _, taken := range sold.Sale.Rewards {
		kept[taken.Reward] = taken.Benefit != "" || taken.Bought // took nothing off
	}
	left, stays := map[string]ledger.Points{}, map[string]bool{}
	for _, m := range sold.Effect.Moves {
		key := string(m.To[:min(7, len(m.To))]) + string(m.Unit) + m.Reward
		if m.From == ledger.Issued {
			key = "earned " + string(m.Unit) + " " + m.Reward
		}
		left[key] += m.Amount
		stays[key] = m.Reward != "" && kept[m.Reward]
	}
	for i := range sold.Backs {
		void = void || sold.Backs[i].Void
		for _, m := range sold.Backs[i].Moves {
			key := "program" + string(m.Unit) + m.Reward
			if m.To == ledger.Issued {
				key = "earned " + string(m.Unit) + " " + m.Reward
			}
			left[key] -= m.Amount
		}
	}
	for key, rest := range left {
		if rest < 0 || rest > 0 && (void || whole && !stays[key]) {
			s.t.Fatal(fmt.Sprintf("%d of %s left of a sale that came back", rest, key))
		}
	}
}

// end looks at what is too much to look at after each step.
func (s *story) end() {
	s.now = s.now.Add(3 * 366 * 24 * time.Hour)
	s.check()
	s.sameAgain()
	s.friend.check()
	for _, sold := range s.sales {
		s.checkSold(sold)
	}
}
