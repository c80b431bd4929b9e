package scenario

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Failure is an expectation that is not so, or a step that could not happen.
type Failure struct {
	File string
	Place
	Step      string // as in "2026-03-10, sale S1"
	What      string // as in "available points"; empty where the step failed
	Got, Want string
}

func (f Failure) String() string {
	if f.What == "" {
		return fmt.Sprintf("%s:%s: %s: %s", f.File, f.Place, f.Step, f.Got)
	}
	return fmt.Sprintf("%s:%s: %s: %s: got %s, want %s", f.File, f.Place, f.Step, f.What, f.Got, f.Want)
}

// Run tells the story under the versions of a program, at least one, and returns
// what is not as expected, in the order of the file. It ends at a step that cannot
// happen.
func (s *Scenario) Run(versions ...*loyalty.Program) (failures []Failure) {
	w := newWorld(s, versions)
	for i := range s.Steps {
		step := &s.Steps[i]
		w.program = loyalty.InForce(versions, w.moment(step).Day())
		told, err := w.step(step)
		fail := Failure{File: s.File, Place: step.Place, Step: w.name(step)}
		if err != nil {
			fail.Got = err.Error()
			return append(failures, fail)
		}
		for _, e := range step.Expect {
			got, err := w.look(step, told, e)
			if err != nil {
				got = err.Error()
			}
			if want := e.want(); got != want {
				f := fail
				f.Place, f.What, f.Got, f.Want = e.Place, e.name(), got, want
				failures = append(failures, f)
			}
		}
	}
	return failures
}

// world is everything a story has touched.
type world struct {
	*Scenario
	versions []*loyalty.Program
	program  *loyalty.Program // in force at the step that is told
	accounts map[string]*loyalty.Account
	sales    map[string]*sale
	refs     map[string]bool // activities by name and ref
	entries  uint64
}

// sale is one that was told, to be returned, voided or confirmed.
type sale struct {
	loyalty.Sold
	by       *loyalty.Program // takes back what it gave
	member   string
	detached *loyalty.Posted // not yet posted: the proof was too weak
}

// told is what one step did, as far as it can be expected.
type told struct {
	earned, clawed map[string]ledger.Points
	outcome        loyalty.Outcome
	refused        string
	offers         []string
}

func newWorld(s *Scenario, versions []*loyalty.Program) *world {
	return &world{
		Scenario: s, versions: versions, accounts: map[string]*loyalty.Account{}, sales: map[string]*sale{}, refs: map[string]bool{},
	}
}

// entry numbers the entries of a story: the same story has the same ones.
func (w *world) entry() (id ledger.EntryID) {
	w.entries++
	for i := range 8 {
		id[15-i] = byte(w.entries >> (8 * i))
	}
	return id
}

func (w *world) moment(s *Step) loyalty.Moment {
	return loyalty.Moment{At: s.At, Zone: w.Zone, Store: "store"}
}

func (w *world) profile(member string) loyalty.Profile {
	m := w.Members[member]
	return loyalty.Profile{BirthMonth: m.BirthMonth, Segments: m.Segments}
}

// account is a member's, with all done that fell due by now; nil for nobody.
func (w *world) account(member string, s *Step) (*loyalty.Account, error) {
	if member == "" {
		return nil, nil
	}
	a := w.accounts[member]
	if a == nil {
		a = w.newAccount(member)
		w.accounts[member] = a
	}
	return a, w.pass(a, w.moment(s), w.profile(member))
}

// pass does what fell due of an account, under the version that was in force
// then.
func (w *world) pass(a *loyalty.Account, to loyalty.Moment, who loyalty.Profile) error {
	for {
		at, due := a.Due(w.Zone)
		if !due || at > to.At {
			return nil
		}
		then := to
		then.At = at
		if _, err := a.Pass(loyalty.InForce(w.versions, then.Day()), then, who); err != nil {
			return err
		}
	}
}

func (w *world) newAccount(member string) *loyalty.Account {
	m := w.Members[member]
	return &loyalty.Account{
		Of:    ledger.Subject("member:" + member),
		State: loyalty.State{Joined: m.Joined, Referrals: m.Referrals, Visits: m.Visits},
	}
}

func (w *world) standing(member string, s *Step) (*loyalty.Account, *loyalty.Standing, error) {
	a, err := w.account(member, s)
	if a == nil || err != nil {
		return nil, nil, err
	}
	return a, new(a.Standing(w.program, w.moment(s), w.profile(member))), nil
}

// step makes one step happen. Its error says why it cannot.
func (w *world) step(s *Step) (told, error) {
	switch {
	case s.Sale != nil:
		return w.sell(s)
	case s.Offers != nil:
		return w.offer(s)
	case s.Return != nil:
		return w.takeBack(s, s.Return.SaleRef, ledger.Returned, s.Return.Wish)
	case s.Void != nil:
		return w.takeBack(s, *s.Void, ledger.Voided, loyalty.Wish{All: true})
	case s.Activity != nil:
		return w.act(s)
	case s.Confirm != nil:
		return w.confirm(s)
	}
	return told{}, nil
}

func (w *world) occasion(s *Step, b *Basket) (loyalty.Occasion, *loyalty.Account, error) {
	o := loyalty.Occasion{At: s.At, Zone: w.Zone, Store: "store", Basket: &loyalty.Basket{
		Currency: w.program.Currency(), Lines: b.Lines, Tenders: b.Tenders, Departments: b.Departments, Partner: b.Partner, Redeem: b.Redeem,
	}}
	if len(b.Tenders) == 0 {
		o.Basket.Tenders = cash(b.Lines)
	}
	a, member, err := w.standing(b.Member, s)
	if err != nil {
		return o, nil, err
	}
	o.Member = member
	_, o.Referrer, err = w.standing(b.Referrer, s)
	return o, a, err
}

// cash pays for all lines.
func cash(lines []ledger.Line) []ledger.Tender {
	all := ledger.Tender{Type: "cash"}
	for _, line := range lines {
		all.Amount += line.Gross // Evaluate looks at the sum of a basket
	}
	return []ledger.Tender{all}
}

// sell evaluates a sale and posts it to its member. One whose proof is too weak
// to earn stands by itself until it is confirmed.
func (w *world) sell(s *Step) (told, error) {
	if w.sales[s.Sale.ID] != nil {
		return told{}, fmt.Errorf("sale %s stands already", s.Sale.ID)
	}
	o, account, err := w.occasion(s, &s.Sale.Basket)
	if err != nil {
		return told{}, err
	}
	if len(o.Basket.Redeem) > 0 && !s.Proof.Meets(w.program.Proof().Redeem) {
		return told{refused: o.Basket.Redeem[0].Reward}, nil
	}
	out, err := w.program.Evaluate(o)
	var refused *loyalty.RewardRefused
	if errors.As(err, &refused) {
		return told{refused: refused.Reward}, nil
	}
	if err != nil {
		return told{}, err
	}
	posted := loyalty.Posted{
		Entry: w.entry(), Kind: ledger.Sold, Moment: w.moment(s), On: "sale", Referrer: s.Sale.Referrer != "", Outcome: out,
	}
	made := &sale{by: w.program, member: s.Sale.Member, Sold: loyalty.Sold{Sale: &ledger.Sale{
		ID: s.Sale.ID, Currency: w.program.Currency(), Lines: out.Lines, Tenders: o.Basket.Tenders, Rewards: out.Rewards, Total: out.Total,
	}}}
	t := told{outcome: out}
	switch {
	case account == nil:
		t.earned = sums(out.Earned) // nobody's: of its receipt
		made.Effect = loyalty.Effect{Entry: posted.Entry, Kind: ledger.Sold, At: s.At, Day: out.Day}
	case !s.Proof.Meets(w.program.Proof().Earn):
		made.detached = &posted
	default:
		made.Effect, err = account.Post(w.program, posted)
		var poor *loyalty.NoRedeem
		if errors.As(err, &poor) {
			return told{refused: w.dearest(out)}, nil
		}
		if err != nil {
			return t, err
		}
		t.earned = sums(out.Earned)
		if err := w.refer(s, s.Sale.Referrer, posted, made.Effect); err != nil {
			return t, err
		}
	}
	w.sales[s.Sale.ID] = made
	return t, w.settle(s, s.Sale.Member)
}

// dearest names the reward to blame where an account cannot pay for all.
func (w *world) dearest(out loyalty.Outcome) string {
	name, most := "", ledger.Points(-1)
	for _, taken := range out.Rewards {
		if r, _ := w.program.Reward(taken.Reward); r.Cost > most {
			name, most = r.ID, r.Cost
		}
	}
	return name
}

// refer posts the referrer's side.
func (w *world) refer(s *Step, referrer string, posted loyalty.Posted, friend loyalty.Effect) error {
	a, err := w.account(referrer, s)
	if a == nil || err != nil {
		return err
	}
	if _, err := a.PostReferral(w.program, posted, friend.Referred); err != nil {
		return err
	}
	return w.settle(s, referrer)
}

// settle gives what comes by itself once a step can pay for it.
func (w *world) settle(s *Step, member string) error {
	account, err := w.account(member, s)
	if account == nil || err != nil {
		return err
	}
	_, err = account.Issue(w.program, w.moment(s), w.profile(member))
	return err
}

func (w *world) offer(s *Step) (t told, err error) {
	o, account, err := w.occasion(s, s.Offers)
	if err != nil {
		return t, err
	}
	if !s.Proof.Meets(w.program.Proof().Redeem) || account == nil {
		return t, nil
	}
	offers, _ := w.program.Offers(o, func(u ledger.Unit) ledger.Points { return account.Purse(u).Available })
	for _, offer := range offers {
		t.offers = append(t.offers, offer.ID)
	}
	return t, nil
}

// act posts an activity; one whose ref was seen counts once.
func (w *world) act(s *Step) (t told, err error) {
	act := s.Activity
	if act.Ref != "" {
		key := act.On + "\x00" + act.Name + "\x00" + act.Ref
		if w.refs[key] {
			return t, nil
		}
		w.refs[key] = true
	}
	account, member, err := w.standing(act.Member, s)
	if err != nil {
		return t, err
	}
	_, referrer, err := w.standing(act.Referrer, s)
	if err != nil {
		return t, err
	}
	out, err := w.program.Evaluate(loyalty.Occasion{
		At: s.At, Zone: w.Zone, Store: "store", Activity: &act.Activity, Member: member, Referrer: referrer,
	})
	if err != nil {
		return t, err
	}
	posted := loyalty.Posted{
		Entry: w.entry(), Kind: "activity", Moment: w.moment(s), On: act.On, Referrer: act.Referrer != "", Outcome: out,
	}
	effect, err := account.Post(w.program, posted)
	if err != nil {
		return t, err
	}
	t.earned, t.outcome = sums(out.Earned), out
	if act.Referrer != "" {
		if err := w.refer(s, act.Referrer, posted, effect); err != nil {
			return t, err
		}
	}
	return t, w.settle(s, act.Member)
}

// takeBack returns or voids a sale, whoever is named on it.
func (w *world) takeBack(s *Step, ref SaleRef, kind ledger.Kind, wish loyalty.Wish) (t told, err error) {
	of := w.sales[ref.Sale]
	if of == nil {
		return t, fmt.Errorf("there is no sale %s", ref.Sale)
	}
	rest, err := of.Rest()
	if err != nil {
		return t, err
	}
	wish.Void = kind == ledger.Voided
	back, err := rest.Take(wish)
	if err != nil {
		return t, err
	}
	account, err := w.account(of.member, s)
	if err != nil || account == nil || of.detached != nil {
		of.detached = nil
		return t, err
	}
	effect, err := account.Return(of.by, loyalty.Returned{Entry: w.entry(), Kind: kind, Moment: w.moment(s)}, &of.Sold, back)
	if err != nil {
		return t, err
	}
	of.Backs = append(of.Backs, effect)
	t.clawed = map[string]ledger.Points{}
	for _, p := range effect.Postings() {
		if p.To == ledger.Issued {
			t.clawed[string(p.Unit)] += p.Amount // at most what the sale earned
		}
	}
	return t, nil
}

// confirm posts a detached sale with its own time, once.
func (w *world) confirm(s *Step) (t told, err error) {
	of := w.sales[s.Confirm.Sale]
	if of == nil || of.detached == nil {
		return t, fmt.Errorf("there is no detached sale %s", s.Confirm.Sale)
	}
	if !s.Proof.Meets(w.program.Proof().Earn) {
		return t, fmt.Errorf("proof %s is too weak to confirm", s.Proof)
	}
	account, err := w.account(s.About, s)
	if err != nil {
		return t, err
	}
	if of.Effect, err = account.Post(of.by, *of.detached); err != nil {
		return t, err
	}
	t.earned = sums(of.detached.Outcome.Earned)
	of.detached = nil
	return t, w.settle(s, s.About)
}

// sums are what postings give, by unit.
func sums(postings []ledger.Posting) map[string]ledger.Points {
	all := map[string]ledger.Points{}
	for _, p := range postings {
		all[string(p.Unit)] += p.Amount // Evaluate bounds them
	}
	return all
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// name says which step it is, as in "2026-03-10, sale S1".
func (w *world) name(s *Step) string {
	day := string(ledger.DateAt(s.At, w.Zone))
	switch {
	case s.Sale != nil:
		return day + ", sale " + s.Sale.ID
	case s.Offers != nil:
		return day + ", offers"
	case s.Return != nil:
		return day + ", return of " + s.Return.Sale
	case s.Void != nil:
		return day + ", void of " + s.Void.Sale
	case s.Activity != nil:
		return day + ", " + s.Activity.On
	case s.Confirm != nil:
		return day + ", confirm of " + s.Confirm.Sale
	}
	return day
}
