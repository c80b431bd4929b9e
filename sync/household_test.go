package sync_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// birthdays is a program that asks who is here.
const birthdays = `
program: birthdays
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {expires: {after: P12M}}, spend: {spendable: false}}
tiers: {of: spend, window: calendar_year, keep: next_window, levels: {basic: 0, gold: 300000}}
rules:
  - {id: base,     on: sale, each: line, give: {points: 1/100, spend: 1/1}}
  - {id: birthday, on: sale, when: 'member.birth_month == now.month', give: {points: 1000}}
rewards:
  - {id: five, cost: {points: 500}, benefit: {discount: 500}}
offline: {share: 1/1, cap: 4000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 20000}
`

// home is a headquarters with two tills, and a household of two: Ana, who was born
// this month, and Bob, who joined her at the second till with her card shown.
type home struct {
	*shop
	account ledger.AccountID
	bob     ledger.MemberID
}

func newHome(t *testing.T) *home {
	w := &world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, birthdays)), t: t}
	h := &home{shop: &shop{world: w, a: w.till(), b: w.till()}}
	ana, _, err := h.a.Join(context.Background(), w.Clock.Now(), checkout.Joining{
		Asked: "ana", Phone: e164, Name: "Ana", BirthMonth: int(w.Clock.Now().Month()),
	})
	h.must(err)
	h.account = ana.Account
	h.addCard(h.a, h.account)
	h.settle(h.a, h.b)
	h.bob = h.join(h.b, bobE164, "Bob Robertson").ID
	return h
}

// join adds somebody to Ana's account at a till.
func (h *home) join(e *testkit.Enrolled, number, name string) loyalty.Member {
	h.t.Helper()
	member, joined, err := e.Join(context.Background(), h.Clock.Now(), h.joining(number, name, ledger.Presented))
	h.must(err)
	if !joined || member.Account != h.account || member.ID == ledger.MemberID(h.account) {
		h.t.Fatalf("joined %t: %+v", joined, member)
	}
	return member
}

func (h *home) joining(number, name string, proof ledger.Proof) checkout.Joining {
	return checkout.Joining{
		Asked: name, Phone: number, Name: name, BirthMonth: 1 + int(h.Clock.Now().Month())%12,
		Household: &checkout.Household{Who: checkout.Who{Account: h.account, Proof: proof}},
	}
}

// here wants a number to find a member of an account at tills, as one of so many.
func (h *home) here(when, number string, account ledger.AccountID, member ledger.MemberID, size int, name string, tills ...*testkit.Enrolled) {
	h.t.Helper()
	for i, e := range tills {
		m, _, err := e.Identify(context.Background(), number)
		if err != nil || m.Account != account || m.ID != member || m.Household != size || m.Name != name {
			h.t.Errorf("%s, at till %d: %v, %+v", when, i, err, m)
		}
	}
}

// balance wants all tills and headquarters to agree on what a number's account has.
func (h *home) balance(when, number string, want ledger.Points) {
	h.t.Helper()
	m, err := h.MemberByPhone(context.Background(), number)
	h.must(err)
	var have ledger.Points
	for _, b := range m.Balances {
		if b.Unit == "points" {
			have = b.Available + b.Escrowed
		}
	}
	if have != want {
		h.t.Errorf("%s: headquarters has %d, want %d", when, have, want)
	}
	for i, e := range []*testkit.Enrolled{h.a, h.b} {
		member, _, err := e.Identify(context.Background(), number)
		h.must(err)
		if got := member.Balance("points").Shown; got != want {
			h.t.Errorf("%s: till %d shows %d, want %d", when, i, got, want)
		}
	}
}

// One of a household earns at one till, another spends at the other, offline, of
// the right that was placed there; numbers and cards of both find the one account,
// and each is greeted by her own name. What a condition asks of a person is asked of
// who is here, from the sale on by which she is known.
func TestHousehold(t *testing.T) {
	h := newHome(t)
	h.here("just joined", bobE164, h.account, h.bob, 2, "B*** R***", h.b)
	h.must(h.b.AddCard(context.Background(), h.Clock.Now(), h.b.NewEntry(),
		checkout.Who{Account: h.account, Member: h.bob, Proof: ledger.Presented}, "2900000000018"))
	h.settle(h.a, h.b)
	h.here("fed", e164, h.account, ledger.MemberID(h.account), 2, "A***", h.a, h.b)
	h.here("fed", bobE164, h.account, h.bob, 2, "B*** R***", h.a, h.b)
	for i, e := range []*testkit.Enrolled{h.a, h.b} {
		if m, err := e.IdentifyCard(context.Background(), "2900000000018"); err != nil || m.Account != h.account || m.ID != h.bob {
			t.Errorf("by his card at till %d: %+v, %v", i, m, err)
		}
		if m, err := e.IdentifyCard(context.Background(), anaCard); err != nil || m.ID != ledger.MemberID(h.account) {
			t.Errorf("by her card at till %d: %+v, %v", i, m, err)
		}
	}
	if m, err := h.a.Store.Member(context.Background(), h.account); err != nil || !m.ID.IsZero() || m.Profile.BirthMonth != 0 {
		t.Errorf("nobody said who is here: %+v, %v", m, err)
	}

	h.sellTo(h.a, e164, 200_000) // 2000, and 1000 in the month she was born in
	h.settle(h.a, h.b)
	h.sellTo(h.b, bobE164, 100_000) // he was born in another; the right is placed here
	h.settle(h.a, h.b)
	h.balance("earned", bobE164, 4000)

	h.world.sellTo(h.b, bobE164, 100_000, "five") // with no word from headquarters
	h.settle(h.a, h.b)
	h.balance("spent", e164, 4000-500+995)
	if m, _, _ := h.a.Identify(context.Background(), e164); h.a.Tier(h.Clock.Now(), m) != "gold" {
		t.Errorf("what both bought makes no level: %q", h.a.Tier(h.Clock.Now(), m))
	}
	entries, _ := h.a.Journal()
	for _, e := range entries {
		if e.Kind == ledger.Sold && e.Member != ledger.MemberID(h.account) {
			t.Errorf("the sale does not say who was here: %+v", e)
		}
	}
	h.sound()
	database, err := os.ReadFile(filepath.Join(h.Backup(), hq.DatabaseFile))
	h.must(err)
	for _, word := range []string{e164[3:], bobE164[3:], "Robertson"} {
		if bytes.Contains(database, []byte(word)) {
			t.Errorf("headquarters' database says %q", word)
		}
	}
}

// A typed number joins no account by itself: at a till a card, a PIN or a manager
// has to stand for it, and what says otherwise is no entry.
func TestHouseholdNeedsProof(t *testing.T) {
	h := newHome(t)
	ctx := context.Background()
	var needed *checkout.ApprovalNeeded
	_, _, err := h.a.Join(ctx, h.Clock.Now(), h.joining(otherNumber, "Ece", ledger.Claimed))
	if !errors.As(err, &needed) || !needed.Manager {
		t.Errorf("with a typed number alone: %v", err)
	}
	if _, _, err := h.a.Identify(ctx, otherNumber); !errors.Is(err, loyalty.ErrUnknownMember) {
		t.Errorf("and yet: %v", err)
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: h.a.NewEntry(), Kind: ledger.Enroll, At: 1, Store: "s1", Subject: ledger.SubjectOf(h.a.NewAccount()),
		Joins: h.account, Proof: ledger.Claimed, Attachment: ledger.HashOf([]byte("who")),
	}
	if _, err := e.Encode(); err == nil {
		t.Error("an enroll joins without proof")
	}
	e.Approver = "m1"
	if _, err := e.Encode(); err != nil {
		t.Errorf("with a manager: %v", err)
	}
	h.bulent(h.a)
	h.settle(h.a, h.b)
	if _, _, err := h.b.Join(ctx, h.Clock.Now(), h.joining(bulentsNumber, "Bülent", ledger.Presented)); !errors.Is(err, checkout.ErrOtherAccount) {
		t.Errorf("who has an account of his own: %v", err)
	}
}

// Two tills that do not hear of each other add the same number to two accounts: the
// first to arrive has it, the second account gets nobody, and neither becomes the
// other. What was sold meanwhile stays where the receipt said.
func TestHouseholdTwice(t *testing.T) {
	h := newHome(t)
	ctx := context.Background()
	other := h.bulent(h.a)
	h.settle(h.a, h.b)
	ece := h.join(h.a, otherNumber, "Ece").ID
	second, _, err := h.b.Join(ctx, h.Clock.Now(), checkout.Joining{
		Asked: "ece", Phone: otherNumber, Name: "Ece",
		Household: &checkout.Household{Who: checkout.Who{Account: other, Proof: ledger.Verified}},
	})
	h.must(err)
	h.here("at the second till", otherNumber, other, second.ID, 2, "E***", h.b)
	h.sellTo(h.b, otherNumber, 10_000)
	h.drain(h.a)
	h.must(h.Work(ctx))
	h.settle(h.b, h.a)
	h.here("heard", otherNumber, h.account, ece, 3, "E***", h.a, h.b)
	h.balance("sold before", bulentsNumber, 100)
	h.here("alone again", bulentsNumber, other, ledger.MemberID(other), 0, "***0002", h.a, h.b)
	if told := h.Told(event.DuplicateName); len(told) != 1 {
		t.Errorf("told: %+v", told)
	}
	h.sound()
}

// The same number added to the same account at two tills is one member of it.
func TestHouseholdTwiceTheSame(t *testing.T) {
	h := newHome(t)
	ece := h.join(h.a, otherNumber, "Ece").ID
	h.joinAs(h.b, "again")
	h.sellTo(h.b, otherNumber, 10_000)
	h.drain(h.a)
	h.must(h.Work(context.Background()))
	h.settle(h.b, h.a)
	h.here("heard", otherNumber, h.account, ece, 3, "E***", h.a, h.b)
	h.balance("sold", otherNumber, 100)
	h.sound()
}

func (h *home) joinAs(e *testkit.Enrolled, asked string) {
	h.t.Helper()
	j := h.joining(otherNumber, "Ece", ledger.Presented)
	j.Asked = asked
	_, _, err := e.Join(context.Background(), h.Clock.Now(), j)
	h.must(err)
}

// At headquarters a person adds somebody by a command; it is safe to repeat.
func TestHouseholdAtHeadquarters(t *testing.T) {
	h := newHome(t)
	ctx := context.Background()
	h.settle(h.a, h.b)
	join := hq.HouseholdJoin{
		ID: h.a.NewEntry(), Of: bobE164, Operator: "m1",
		Person: ledger.Person{Phone: &ledger.Phone{E164: otherNumber, Raw: otherNumber, Region: "TR"}, Name: "Ece"},
	}
	first, err := h.JoinHousehold(ctx, join)
	h.must(err)
	again, err := h.JoinHousehold(ctx, join)
	h.must(err)
	if first.Member != again.Member || first.Rows != again.Rows || len(again.Household) != 3 || again.Account != h.account {
		t.Errorf("%+v, then %+v", first, again)
	}
	h.settle(h.a, h.b)
	h.here("fed", otherNumber, h.account, first.Member, 3, "E***", h.a, h.b)
	if _, err := h.JoinHousehold(ctx, hq.HouseholdJoin{ID: h.a.NewEntry(), Of: bulentsNumber, Person: join.Person}); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("to nobody's account: %v", err)
	}
	h.sound()
}

// A headquarters that was restored hears again of everybody in a household, from
// the till that wrote it and, where that is lost, from the directories of others;
// enrolling a lost number again leads to the household and merges nothing.
func TestHouseholdRestored(t *testing.T) {
	h := newHome(t)
	backup := h.Backup() // Ana is known, and nobody else
	h.settle(h.a, h.b)
	ece := h.join(h.a, otherNumber, "Ece").ID
	h.settle(h.a, h.b)

	h.lose(backup) // and with it what only till a wrote: Ece
	h.greet(h.b)
	h.settle(h.b, h.a)
	h.here("sent again", bobE164, h.account, h.bob, 3, "B*** R***", h.a, h.b)
	h.here("listed", otherNumber, h.account, ece, 3, "E***", h.a, h.b)
	h.here("known", e164, h.account, ledger.MemberID(h.account), 3, "A***", h.a, h.b)
	h.sound()

	fresh := h.till() // of the same store, and fed: it knows her
	h.settle(fresh)
	h.here("a new till", otherNumber, h.account, ece, 3, "E***", fresh)

	blind := h.till() // enrolls her offline
	_, _, err := blind.Join(context.Background(), h.Clock.Now(), checkout.Joining{Asked: "x", Phone: otherNumber, Name: "Ece Hanım"})
	h.must(err)
	h.settle(blind, h.a, h.b)
	h.here("enrolled again", otherNumber, h.account, ece, 3, "E*** H***", h.a, h.b, blind)
	if lost := slices.Concat(h.Told(event.NotBelieved), h.Told(event.DuplicateName)); len(lost) > 0 {
		t.Errorf("told: %+v", lost)
	}
	h.sound()
}

// A member who leaves has an account of her own, found by her number and cards; what
// was agreed goes with her, once, however often it is said, and keeps its end. The
// household keeps its history, its rights and the others.
func TestHouseholdLeft(t *testing.T) {
	h := newHome(t)
	ctx := context.Background()
	h.settle(h.a, h.b)
	h.sellTo(h.a, bobE164, 500_000)
	h.settle(h.a, h.b)
	h.balance("before", e164, 5000)

	leave := hq.HouseholdLeave{ID: h.a.NewEntry(), Program: h.ChainPrograms()[0], Phone: bobE164, Operator: "m1", Gives: []loyalty.Amount{{Unit: "points", Amount: 9000}}}
	var lacks *loyalty.LacksUnits
	if _, err := h.LeaveHousehold(ctx, leave); !errors.As(err, &lacks) || lacks.Free != 1000 { // 4000 are in a right
		t.Errorf("more than there is free: %v", err)
	}
	leave.Gives[0].Amount = 800
	left, err := h.LeaveHousehold(ctx, leave)
	h.must(err)
	for range 2 {
		again, err := h.LeaveHousehold(ctx, leave)
		h.must(err)
		if again.Account != left.Account || again.Account == h.account || again.Member != h.bob {
			t.Errorf("%+v, then %+v", left, again)
		}
		h.settle(h.a, h.b)
	}
	h.here("left", bobE164, left.Account, h.bob, 0, "B*** R***", h.a, h.b)
	h.here("stayed", e164, h.account, ledger.MemberID(h.account), 0, "A***", h.a, h.b)
	h.balance("left", bobE164, 800)
	h.balance("stayed", e164, 4200)
	if m, err := h.LeaveHousehold(ctx, hq.HouseholdLeave{ID: h.a.NewEntry(), Program: h.ChainPrograms()[0], Phone: e164}); !errors.Is(err, hq.ErrNoHousehold) {
		t.Errorf("who is alone: %+v, %v", m, err)
	}

	h.sellTo(h.b, bobE164, 10_000) // his own now
	h.sellTo(h.b, e164, 10_000)    // and 1000 in the month she was born in
	h.settle(h.a, h.b)
	h.balance("his own", bobE164, 900)
	h.balance("her own", e164, 4200+1100)
	h.sound()
}

// Who began a household may leave it; the account stays the others'.
func TestHouseholdLeftByFirst(t *testing.T) {
	h := newHome(t)
	h.settle(h.a, h.b)
	h.sellTo(h.a, e164, 10_000)
	h.settle(h.a, h.b)
	left, err := h.LeaveHousehold(context.Background(), hq.HouseholdLeave{ID: h.a.NewEntry(), Program: h.ChainPrograms()[0], Phone: e164})
	h.must(err)
	h.settle(h.a, h.b)
	h.here("left", e164, left.Account, ledger.MemberID(h.account), 0, "A***", h.a, h.b)
	h.here("stayed", bobE164, h.account, h.bob, 0, "B*** R***", h.a, h.b)
	h.balance("stayed", bobE164, 1100)
	h.sellTo(h.b, e164, 10_000) // and 1000: she is who she was
	h.settle(h.a, h.b)
	h.balance("left", e164, 1100)
	if m, err := h.b.IdentifyCard(context.Background(), anaCard); err != nil || m.Account != left.Account {
		t.Errorf("by her card: %+v, %v", m, err)
	}
	h.sound()
}

// A leave that a restored headquarters forgot did not happen: who left is found in
// the household again, what was agreed is there, and what she bought meanwhile too.
// It can be said again.
func TestHouseholdLeftAndRestored(t *testing.T) {
	h := newHome(t)
	ctx := context.Background()
	h.settle(h.a, h.b)
	h.sellTo(h.a, bobE164, 500_000)
	h.settle(h.a, h.b)
	backup := h.Backup()
	leave := hq.HouseholdLeave{ID: h.a.NewEntry(), Program: h.ChainPrograms()[0], Phone: bobE164, Gives: []loyalty.Amount{{Unit: "points", Amount: 800}}}
	left, err := h.LeaveHousehold(ctx, leave)
	h.must(err)
	h.settle(h.a, h.b)
	h.sellTo(h.b, bobE164, 10_000)
	h.settle(h.a, h.b)
	h.balance("left", bobE164, 900)

	h.restore(backup)
	h.greet(h.b)
	if _, err := h.LeaveHousehold(ctx, leave); !errors.Is(err, hq.ErrRestoring) {
		t.Errorf("while it waits: %v", err)
	}
	h.settle(h.b)
	h.greet(h.a)
	h.settle(h.a, h.b)
	h.here("restored", bobE164, h.account, h.bob, 2, "B*** R***", h.a, h.b)
	h.balance("restored", bobE164, 5100)
	h.sound()

	leave.ID, leave.Gives[0].Amount = h.a.NewEntry(), 500
	again, err := h.LeaveHousehold(ctx, leave)
	h.must(err)
	h.settle(h.a, h.b)
	h.here("left again", bobE164, again.Account, h.bob, 0, "B*** R***", h.a, h.b)
	if again.Account == left.Account {
		t.Error("an account that is another's has a member")
	}
	h.balance("left again", bobE164, 500)
	h.balance("stayed", e164, 4600)
	h.sound()
}
