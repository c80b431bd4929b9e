package sync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// friends is a program that gives to who referred a member: a hundred points for
// her first sale, one for each other, 25 where she brings a friend by an activity.
const friends = `
program: friends
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}}
rules:
  - {id: base,   on: sale, each: line, give: {points: 1/1000}}
  - {id: first,  on: sale, when: 'member.visits == 0', to: referrer, give: {points: 100}}
  - {id: other,  on: sale, when: 'member.visits > 0 && basket.net >= 1000', to: referrer, give: {points: 1}}
  - {id: bring,  on: referral, to: referrer, give: {points: 25}}
  - {id: cup,    on: visit, give: {points: 5}}
rewards:
  - {id: five, cost: {points: 5000}, benefit: {discount: 500}}
offline: {share: 1/1, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 20000}
`

const (
	ana = "+905321234501"
	bo  = "+905321234502"
	ece = "+905321234503"
)

// refers is a headquarters with two tills under the program.
type refers struct{ *proves }

func newRefers(t *testing.T) refers {
	w := &asks{world: &world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, friends)), t: t}}
	w.one, w.two = w.till(), w.till()
	return refers{&proves{asks: w}}
}

// joins enrolls a number at a till with a code, and returns her own.
func (w refers) joins(e *testkit.Enrolled, number string, with ledger.ReferralCode) ledger.ReferralCode {
	w.t.Helper()
	asked := fmt.Sprint(number, e.Terminal)
	m, joined, err := e.Join(context.Background(), w.Clock.Now(), checkout.Joining{Asked: asked, Phone: number, Referrer: string(with)})
	w.must(err)
	if !joined {
		w.t.Fatalf("%s is known at the till", ledger.MaskPhone(number))
	}
	return e.FriendCode(w.Clock.Now(), m.Account)
}

func (w refers) buys(e *testkit.Enrolled, number string) *ledger.Entry {
	w.t.Helper()
	return w.soldTo(e, checkout.Who{Phone: number, Proof: ledger.Claimed}, 1000)
}

// dropped wants so many entries to give nothing to a referrer, for a reason.
func (w refers) dropped(want int, reason string) {
	w.t.Helper()
	n := 0
	for _, e := range w.Told(event.NotReferred) {
		if strings.Contains(e.Reason, reason) {
			n++
		}
	}
	if n != want {
		w.t.Errorf("%d entries gave nothing because %s, want %d", n, reason, want)
	}
}

// waiting wants so many entries to wait for who has their code.
func (w refers) waiting(want int) {
	w.t.Helper()
	status, err := w.Status(context.Background())
	w.must(err)
	if status.Referrals != want {
		w.t.Errorf("%d wait for who has their code, want %d", status.Referrals, want)
	}
}

// A friend names the code when she is enrolled; from then on no basket names it,
// at whichever till she buys, and each sale gives what its rule says, once.
func TestReferrerOfTheEnroll(t *testing.T) {
	w := newRefers(t)
	code := w.joins(w.one, ana, "")
	w.exchange()
	w.joins(w.two, bo, code)
	sold := w.buys(w.two, bo)
	if r := sold.Referral; r == nil || r.Code != code || !r.Account.IsZero() || r.Postings[0].Amount != 100 {
		t.Errorf("the first sale says %+v", sold.Referral)
	}
	if cheap := w.soldTo(w.two, checkout.Who{Phone: bo, Proof: ledger.Claimed}, 999); cheap.Referral != nil {
		t.Errorf("a sale that gives her nothing says %+v", cheap.Referral)
	}
	w.exchange()
	w.buys(w.one, bo)
	w.exchange()
	w.exchange()
	w.has(ana, 101)
	w.has(bo, 2)
	w.dropped(0, "")
}

// An activity that brings a friend counts her at the referrer's and gives for her,
// once; another activity tells the referrer nothing.
func TestReferrerOfAnActivity(t *testing.T) {
	w := newRefers(t)
	code := w.joins(w.one, ana, "")
	w.joins(w.one, bo, code)
	for i, on := range []string{"referral", "referral", "visit"} {
		done, err := w.one.Do(context.Background(), w.Clock.Now(), checkout.Activity{
			Activity: ledger.Activity{On: on, Ref: fmt.Sprint(i)}, Who: checkout.Who{Phone: bo, Proof: ledger.Claimed},
		})
		w.must(err)
		if told := done.Entry.Referral != nil; told != (on == "referral") {
			t.Errorf("%s says %+v", on, done.Entry.Referral)
		}
	}
	w.exchange()
	w.has(ana, 25)
	m, _, err := w.one.Identify(context.Background(), ana)
	w.must(err)
	if m.State.Referrals != 1 {
		t.Errorf("%d friends came through her", m.State.Referrals)
	}
}

// The code is of one whom neither the friend's till nor headquarters knows: her
// own till has not been heard yet. What the sale gives waits for her.
func TestReferrerIsHeardOfLater(t *testing.T) {
	w := newRefers(t)
	code := w.joins(w.two, ana, "")
	w.joins(w.one, bo, code)
	if sold := w.buys(w.one, bo); sold.Referral == nil || sold.Referral.Postings[0].Amount != 100 {
		t.Fatalf("the till gave %+v", sold.Referral)
	}
	w.drain(w.one)
	w.pull(w.one)
	w.later(10)
	w.must(w.Work(context.Background()))
	w.waiting(1)
	w.exchange()
	w.waiting(0)
	w.has(ana, 100)
	w.dropped(0, "")
}

// Two tills that do not hear of each other give a referrer more than her limit
// allows: headquarters takes back what is beyond it, and says so.
func TestReferrersLimit(t *testing.T) {
	text := strings.Replace(friends, "rules:", "limits: {brought: {amount: 150, every: ever}}\nrules:", 1)
	text = strings.Replace(text, "to: referrer, give: {points: 100}", "to: referrer, limit: brought, give: {points: 100}", 1)
	w := &asks{world: &world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, text)), t: t}}
	w.one, w.two = w.till(), w.till()
	r := refers{&proves{asks: w}}
	code := r.joins(w.one, ana, "")
	w.exchange()
	r.joins(w.one, bo, code)
	r.joins(w.two, ece, code)
	r.buys(w.one, bo)
	r.buys(w.two, ece)
	w.exchange()
	w.exchange()
	r.has(ana, 150)
	if n := len(w.Told(event.Cap)); n != 1 {
		t.Errorf("told of it %d times", n)
	}
	r.dropped(0, "")
}

// A code that nobody has is told of when no till can have kept silent about its
// member any longer, and never before; the friend keeps hers.
func TestReferrerMadeUp(t *testing.T) {
	w := newRefers(t)
	w.joins(w.one, bo, ledger.ReferralCodeOf(w.one.NewAccount()))
	w.buys(w.one, bo)
	w.exchange()
	w.later(29)
	w.must(w.Work(context.Background()))
	w.dropped(0, "")
	w.later(2)
	w.must(w.Work(context.Background()))
	w.dropped(1, "no member has the code")
	w.exchange()
	w.has(bo, 1)
}

// Enrolled at two tills that did not hear of each other, with two referrers: the
// first that headquarters hears of has her, for what both tills sold and for
// good.
func TestTwoReferrers(t *testing.T) {
	w := newRefers(t)
	anas, bos := w.joins(w.one, ana, ""), w.joins(w.one, bo, "")
	w.exchange()
	w.joins(w.one, ece, anas)
	w.joins(w.two, ece, bos)
	w.buys(w.one, ece)
	w.buys(w.two, ece)
	w.drain(w.one)
	w.must(w.Work(context.Background()))
	w.exchange()
	w.has(ana, 100)
	w.has(bo, 0)
	w.dropped(1, "another referrer before")
	w.buys(w.two, ece)
	w.buys(w.one, ece)
	w.exchange()
	w.exchange()
	w.has(ana, 102)
	w.has(bo, 0)
	w.dropped(1, "")
}

// She was enrolled without anybody before: who is named at her second enroll did
// not bring her.
func TestEnrolledBefore(t *testing.T) {
	w := newRefers(t)
	code := w.joins(w.one, ana, "")
	w.exchange()
	w.joins(w.one, ece, "")
	w.drain(w.one)
	w.must(w.Work(context.Background()))
	w.joins(w.two, ece, code)
	w.buys(w.two, ece)
	w.exchange()
	w.dropped(1, "with another referrer before, or with none")
	w.buys(w.two, ece)
	w.exchange()
	w.has(ana, 0)
}

// A number enrolled twice becomes one account; both of its codes lead to it, also
// at a till that has not heard of that yet.
func TestReferrerBecomesAnother(t *testing.T) {
	w := newRefers(t)
	first, second := w.joins(w.one, ana, ""), w.joins(w.two, ana, "")
	w.joins(w.two, bo, second)
	w.buys(w.two, bo)
	w.drain(w.one)
	w.must(w.Work(context.Background()))
	w.exchange()
	w.joins(w.two, ece, second)
	w.buys(w.two, ece)
	w.exchange()
	w.has(ana, 200)
	m, _, err := w.two.Identify(context.Background(), ana)
	w.must(err)
	if code := w.two.FriendCode(w.Clock.Now(), m.Account); code != first || first == second {
		t.Errorf("her code is %s, first %s, second %s", code, first, second)
	}
	w.dropped(0, "")
}

// Nobody refers herself: a till that knows her refuses her code, headquarters
// drops what another till took.
func TestOwnCode(t *testing.T) {
	w := newRefers(t)
	code := w.joins(w.two, ana, "")
	w.joins(w.one, ana, code)
	w.buys(w.one, ana)
	w.drain(w.one)
	w.must(w.Work(context.Background()))
	w.exchange()
	w.dropped(1, "her own")
	if sold := w.buys(w.one, ana); sold.Referral != nil {
		t.Errorf("the till knows by now, and says %+v", sold.Referral)
	}
	w.exchange()
	w.has(ana, 2)
	_, _, err := w.two.Join(context.Background(), w.Clock.Now(), checkout.Joining{Asked: "again", Phone: ana, Referrer: string(code)})
	if !errors.Is(err, checkout.ErrOwnCode) {
		t.Errorf("her own code: %v", err)
	}
}

// A code with a slip in it is refused before anything is written; one who is a
// member already is found, and nobody has brought her.
func TestReferrerMisheard(t *testing.T) {
	w := newRefers(t)
	right := string(w.joins(w.one, ana, ""))
	slip := "A" + right[1:]
	if slip == right {
		slip = "B" + right[1:]
	}
	_, _, err := w.one.Join(context.Background(), w.Clock.Now(), checkout.Joining{Asked: "bo", Phone: bo, Referrer: slip})
	if !errors.Is(err, ledger.ErrNoReferralCode) {
		t.Errorf("a slip: %v", err)
	}
	if _, _, err := w.one.Identify(context.Background(), bo); err == nil {
		t.Error("she was enrolled")
	}
	w.joins(w.one, bo, "")
	m, joined, err := w.one.Join(context.Background(), w.Clock.Now(), checkout.Joining{Asked: "late", Phone: bo, Referrer: right})
	if err != nil || joined || m.State.Referrer != "" {
		t.Errorf("joined %v, referrer %q, %v", joined, m.State.Referrer, err)
	}
}

// A sale that waits for proof gives the referrer nothing until it is confirmed.
func TestReferrerOfASaleToConfirm(t *testing.T) {
	text := strings.Replace(friends, "{earn: claimed, redeem: claimed}", "{earn: presented, redeem: presented, detached: P7D}", 1)
	w := &asks{world: &world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, text)), t: t}}
	w.one, w.two = w.till(), w.till()
	r := refers{&proves{asks: w}}
	code := r.joins(w.one, ana, "")
	r.joins(w.one, bo, code)
	sold := r.buys(w.one, bo)
	w.exchange()
	r.has(ana, 0)
	r.later(1)
	m, _, err := w.one.Identify(context.Background(), bo)
	w.must(err)
	w.must(r.confirm(w.one, sold, w.one, m.Account, ledger.Presented))
	w.exchange()
	w.exchange()
	r.has(ana, 100)
	r.has(bo, 1)
}

// What a restored headquarters forgot comes again from the tills, with who
// referred whom.
func TestReferrerAfterRestore(t *testing.T) {
	w := newRefers(t)
	code := w.joins(w.one, ana, "")
	w.exchange()
	backup := w.Backup()
	w.joins(w.two, bo, code)
	w.buys(w.two, bo)
	w.exchange()
	w.has(ana, 100)
	restored := w.Restore(backup)
	w.Headquarters = restored
	for _, e := range []*testkit.Enrolled{w.one, w.two} {
		restored.Move(e)
		w.greet(e)
	}
	w.Clock.Advance(time.Minute)
	w.exchange()
	w.buys(w.two, bo)
	w.exchange()
	w.exchange()
	w.has(ana, 101)
}
