package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// pos is a till with a POS beside it, and ana its member with 700 points.
type pos struct {
	*testkit.Till
	t     testing.TB
	ana   ledger.AccountID
	given ledger.Millis // when headquarters spoke of her
}

func newPOS(t testing.TB, edits ...string) *pos {
	t.Helper()
	l := newLane(t, edits...)
	p := &pos{Till: l.till, t: t, ana: l.member(ana)}
	p.given = ledger.MillisOf(p.Clock.Now())
	p.Give(p.ana, 700)
	return p
}

// basket is a sale of one article.
func (p *pos) basket(sale string, amount ledger.Minor) checkout.Basket {
	return checkout.Basket{
		Entry: p.NewEntry(), SaleID: sale, Currency: "TRY", Asked: fmt.Append(nil, sale, amount),
		Lines:   []ledger.Line{{SKU: "milk", Net: amount, Gross: amount, Quantity: 1}},
		Tenders: []ledger.Tender{{Type: "cash", Amount: amount}},
		Who:     checkout.Who{Account: p.ana, Proof: ledger.Claimed},
	}
}

func (p *pos) complete(b checkout.Basket) (checkout.Completed, error) {
	return p.Complete(context.Background(), p.Clock.Now(), b)
}

func (p *pos) must(b checkout.Basket) checkout.Completed {
	p.t.Helper()
	completed, err := p.complete(b)
	if err != nil {
		p.t.Fatal(err)
	}
	return completed
}

func (p *pos) spendable() ledger.Points {
	p.t.Helper()
	member, err := p.Store.Member(context.Background(), p.ana)
	if err != nil {
		p.t.Fatal(err)
	}
	return member.Balance(testkit.Points).Spendable
}

func (p *pos) sold() (n int) {
	entries, _ := p.Journal()
	for _, e := range entries {
		if e.Kind == ledger.Sold {
			n++
		}
	}
	return n
}

// What is made of a sale meanwhile is made of what is told later: once, before its entry
// stands, and not of one that stands already or is refused.
func TestMeanwhile(t *testing.T) {
	p := newPOS(t)
	var made []checkout.Completed
	b := p.basket("s1", 1999)
	b.Meanwhile = func(c checkout.Completed) {
		made = append(made, c)
		if n := p.sold(); n != 0 {
			t.Errorf("%d sales stand already", n)
		}
	}
	told := p.must(b)
	if diff := cmp.Diff([]checkout.Completed{told}, made); diff != "" {
		t.Error(diff)
	}
	if again := p.must(b); !again.Repeat || len(made) != 1 {
		t.Errorf("made %d times: %+v", len(made), again)
	}
	b.SaleID, b.Redeem = "s2", []loyalty.Redemption{{Reward: "none", Times: 1}}
	if _, err := p.complete(b); err == nil || len(made) != 1 {
		t.Errorf("made %d times: %v", len(made), err)
	}
}

// The same request again is the same sale, whenever and however often it
// comes; another one under its id is a conflict.
func TestRepeat(t *testing.T) {
	p := newPOS(t)
	b := p.basket("s1", 1999)
	b.Day, b.Redeem = "2026-11-22", testkit.Once("five")
	first := p.must(b)
	p.Clock.Advance(20 * time.Hour)
	b.Entry = p.NewEntry() // as the API makes one for each request
	again := p.must(b)
	if first.Repeat || !again.Repeat {
		t.Errorf("repeat: %v, then %v", first.Repeat, again.Repeat)
	}
	if diff := cmp.Diff(first.Entry, again.Entry); diff != "" || first.Name != again.Name {
		t.Errorf("another answer: %s", diff)
	}
	b.Asked = []byte("another body")
	if _, err := p.complete(b); !errors.Is(err, checkout.ErrSaleConflict) {
		t.Errorf("another body: %v", err)
	}
	b.Day = "2026-11-23" // on another business day the id is free
	b.Redeem = nil
	p.must(b)
	if p.sold() != 2 || p.spendable() != 200 {
		t.Errorf("%d sales, %d spendable", p.sold(), p.spendable())
	}
}

// A POS that sends a request again while the first is still at work gets that
// sale's answer, not a refusal of the reward that it holds.
func TestRepeatOvertakes(t *testing.T) {
	p := newPOS(t)
	b := p.basket("s1", 1999)
	b.Redeem = testkit.Once("five")
	var wait sync.WaitGroup
	entries := make([]ledger.EntryID, 8)
	for i := range entries {
		wait.Go(func() {
			b := b
			b.Entry = p.NewEntry()
			completed, err := p.complete(b)
			if err != nil {
				t.Error(err)
				return
			}
			entries[i] = completed.Entry.ID
		})
	}
	wait.Wait()
	if slices.Sort(asTexts(entries)); p.sold() != 1 || len(slices.Compact(asTexts(entries))) != 1 {
		t.Errorf("%d sales: %v", p.sold(), entries)
	}
	if p.spendable() != 200 {
		t.Errorf("%d spendable", p.spendable())
	}
}

func asTexts(ids []ledger.EntryID) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return texts
}

// Who a sale is about, and what is told of it.
func TestSubject(t *testing.T) {
	const account = "her account"
	for _, c := range []struct {
		name    string
		edits   []string
		who     func(*pos) checkout.Who
		subject string // what the subject is: account, suspect or sale
		person  string // the number in the attachment
		told    *ledger.Told
	}{
		{"an account", nil, func(p *pos) checkout.Who { return checkout.Who{Account: p.ana, Proof: ledger.Claimed} },
			"account", "", &ledger.Told{Unit: "points", Balance: 719, Spendable: 700}},
		{"a known number", nil, func(*pos) checkout.Who { return checkout.Who{Phone: "0532 123 45 67", Proof: ledger.Claimed} },
			"account", "", &ledger.Told{Unit: "points", Balance: 719, Spendable: 700}},
		{"an unknown number", nil, func(*pos) checkout.Who { return checkout.Who{Phone: "+90 505 987 65 43", Proof: ledger.Claimed} },
			"suspect", "+905059876543", nil},
		{"nobody", nil, func(*pos) checkout.Who { return checkout.Who{} }, "sale", "", nil},
		{"a known number, not surely enough", []string{"earn: claimed", "earn: presented"},
			func(*pos) checkout.Who { return checkout.Who{Phone: ana, Proof: ledger.Claimed} }, "sale", account, nil},
		{"an unknown number, not surely enough", []string{"earn: claimed", "earn: presented"},
			func(*pos) checkout.Who { return checkout.Who{Phone: "05059876543", Proof: ledger.Claimed} },
			"sale", "+905059876543", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPOS(t, c.edits...)
			b := p.basket("s1", 1999)
			b.Who = c.who(p)
			completed := p.must(b)
			e := completed.Entry
			if got := kindOf(e.Subject); got != c.subject {
				t.Errorf("subject is %s", e.Subject)
			}
			if named := completed.Name != ""; named != (c.subject == "account") {
				t.Errorf("name is %q", completed.Name)
			}
			if c.told != nil {
				c.told.AsOf = p.given
			}
			if diff := cmp.Diff(c.told, e.Told); diff != "" {
				t.Errorf("told: %s", diff)
			}
			if earned, err := ledger.Sum(e.Postings, "points", ledger.Issued, ledger.Available); err != nil || earned != 19 {
				t.Errorf("earned %d, %v", earned, err)
			}
			_, attachments := p.Journal()
			if e.Attachment.IsZero() != (c.person == "") || len(attachments) != 1+min(1, len(c.person)) {
				t.Fatalf("attachment %s, %d in all", e.Attachment, len(attachments))
			}
			if c.person == "" {
				return
			}
			sealed := attachments[1]
			if c.person == account {
				if p.Person(sealed) != (ledger.Person{Account: p.ana, Member: ledger.MemberID(p.ana)}) {
					t.Error("the attachment is not her, in her account")
				}
				return
			}
			if person := p.Person(sealed); person.Phone == nil || person.Phone.E164 != c.person || ledger.HashOf(sealed) != e.Attachment {
				t.Error("the attachment is not hers")
			}
			for _, trace := range []string{"5059876543", "505 987", "876543"} {
				if body, _ := e.Encode(); strings.Contains(string(body), trace) || strings.Contains(string(sealed), trace) {
					t.Errorf("%q stands in the clear", trace)
				}
			}
		})
	}
}

func kindOf(s ledger.Subject) string {
	if _, ok := s.Account(); ok {
		return "account"
	}
	if _, ok := s.Suspect(); ok {
		return "suspect"
	}
	return "sale"
}

// What is asked for in vain: the error says why, nothing is written, and
// nothing stays set aside.
func TestRefused(t *testing.T) {
	type errorOf func(error) bool
	redeem := func(reason loyalty.Reason) errorOf {
		return func(err error) bool {
			var refused *loyalty.NoRedeem
			return errors.As(err, &refused) && refused.Reason == reason
		}
	}
	is := func(target error) errorOf { return func(err error) bool { return errors.Is(err, target) } }
	basket := func(err error) bool { var b *loyalty.InvalidBasket; return errors.As(err, &b) }
	reward := func(err error) bool { var r *loyalty.RewardRefused; return errors.As(err, &r) }
	two := []string{"discount: 500}}", "discount: 500}}\n  - {id: ten, cost: {points: 1000}, benefit: {discount: 1000}}"}
	for _, c := range []struct {
		name   string
		edits  []string
		change func(*pos, *checkout.Basket, *fault)
		want   errorOf
		before bool // refused before anything is set aside
	}{
		{"no number", nil, func(_ *pos, b *checkout.Basket, _ *fault) { b.Who = checkout.Who{Phone: "12"} }, is(checkout.ErrNoNumber), true},
		{"no such account", nil, func(p *pos, b *checkout.Basket, _ *fault) { b.Who.Account = p.NewAccount() }, is(loyalty.ErrUnknownMember), true},
		{"no such reward", nil, func(_ *pos, b *checkout.Basket, _ *fault) { b.Redeem = testkit.Once("car") }, basket, true},
		{"reward twice", nil, func(_ *pos, b *checkout.Basket, _ *fault) { b.Redeem = testkit.Once("five", "five") }, reward, true},
		{"reward larger than the basket", nil, func(_ *pos, b *checkout.Basket, _ *fault) { b.Lines[0].Gross, b.Lines[0].Net = 499, 499 }, reward, true},
		{"no lines", nil, func(_ *pos, b *checkout.Basket, _ *fault) { b.Lines = nil }, basket, true},
		{"another currency", nil, func(_ *pos, b *checkout.Basket, _ *fault) { b.Currency = "EUR" }, basket, true},
		{"a reward for nobody", nil, func(_ *pos, b *checkout.Basket, _ *fault) { b.Who = checkout.Who{} }, redeem(loyalty.NoRight), true},
		{"a reward for an unknown number", nil, func(_ *pos, b *checkout.Basket, _ *fault) {
			b.Who = checkout.Who{Phone: "05059876543", Proof: ledger.Verified}
		}, redeem(loyalty.NoRight), true},
		{"too weak a proof", []string{"redeem: claimed", "redeem: presented"}, func(*pos, *checkout.Basket, *fault) {}, redeem(loyalty.WeakProof), true},
		{"the second reward too dear", two, func(_ *pos, b *checkout.Basket, _ *fault) { b.Redeem = testkit.Once("five", "ten") }, redeem(loyalty.NoRight), false},
		{"the person cannot be sealed", nil, func(p *pos, b *checkout.Basket, _ *fault) {
			p.Seal = func(ledger.Person) ([]byte, ledger.Hash, error) { return nil, ledger.Hash{}, errDisk }
			b.Who, b.Redeem = checkout.Who{Phone: "05059876543", Proof: ledger.Claimed}, nil
		}, is(errDisk), true},
		{"no receipt number", nil, func(_ *pos, _ *checkout.Basket, f *fault) {
			f.next = func() (string, error) { return "", errDisk }
		}, is(errDisk), false},
		{"the entry cannot be written", nil, func(_ *pos, _ *checkout.Basket, f *fault) {
			f.append = func(ledger.Record) error { return errDisk }
		}, is(errDisk), false},
		{"the hold cannot be written, or was", nil, func(_ *pos, _ *checkout.Basket, f *fault) {
			f.hold = func(h ledger.Hold) (ledger.Hold, error) {
				_, err := f.Store.PlaceHold(context.Background(), h)
				return h, errors.Join(err, errDisk)
			}
		}, is(errDisk), false},
		{"too many categories to keep", nil, func(_ *pos, b *checkout.Basket, _ *fault) {
			line := b.Lines[0]
			for i := range 400 {
				line.Categories = []string{fmt.Sprint(i, strings.Repeat("x", 500))}
				b.Lines = append(b.Lines, line)
			}
		}, basket, false},
		{"tender without a type", nil, func(_ *pos, b *checkout.Basket, _ *fault) { b.Tenders[0].Type = "" }, func(err error) bool { return err != nil }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPOS(t, c.edits...)
			disk := &fault{Store: p.Store}
			p.Till.Till.Store = disk
			b := p.basket("s1", 9999)
			b.Redeem = testkit.Once("five")
			c.change(p, &b, disk)
			placed := 0
			if inner := disk.hold; true {
				disk.hold = func(h ledger.Hold) (ledger.Hold, error) {
					placed++
					if inner != nil {
						return inner(h)
					}
					return disk.Store.PlaceHold(context.Background(), h)
				}
			}
			// The one who asked has hung up: what was set aside is freed all the same.
			ctx, hangUp := context.WithCancel(context.Background())
			defer hangUp()
			if next := disk.next; next != nil {
				disk.next = func() (string, error) { hangUp(); return next() }
			}
			completed, err := p.Complete(ctx, p.Clock.Now(), b)
			if !c.want(err) {
				t.Errorf("got %+v, %v", completed.Entry, err)
			}
			if c.before && placed > 0 {
				t.Error("a hold was placed first")
			}
			if p.sold() != 0 || p.spendable() != 700 {
				t.Errorf("%d sales, %d spendable", p.sold(), p.spendable())
			}
		})
	}
}

// A hold serves the sale and the account it was placed for, once.
func TestHolds(t *testing.T) {
	p := newPOS(t)
	ctx := context.Background()
	reserve := checkout.Reserve{ID: p.NewHold(), SaleID: "s1", Account: p.ana, Reward: "five", Proof: ledger.Claimed}
	for range 2 { // asked for twice, placed once
		if _, err := p.Hold(ctx, p.Clock.Now(), reserve); err != nil {
			t.Fatal(err)
		}
	}
	if p.spendable() != 200 {
		t.Fatalf("%d spendable", p.spendable())
	}
	for name, change := range map[string]func(*checkout.Basket){
		"another sale":    func(b *checkout.Basket) { b.SaleID = "s2" },
		"another account": func(b *checkout.Basket) { b.Who = checkout.Who{Phone: "05059876543", Proof: ledger.Claimed} },
		"nobody":          func(b *checkout.Basket) { b.Who = checkout.Who{} },
		"no such hold":    func(b *checkout.Basket) { b.Holds[0] = p.NewHold() },
	} {
		b := p.basket("s1", 1999)
		b.Holds = []ledger.HoldID{reserve.ID}
		change(&b)
		var refused *loyalty.NoRedeem
		if _, err := p.complete(b); !errors.As(err, &refused) || refused.Reason != loyalty.HoldGone {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p.spendable() != 200 || p.sold() != 0 {
		t.Fatalf("a refused sale took the hold: %d spendable", p.spendable())
	}
	b := p.basket("s1", 1999)
	b.Holds = []ledger.HoldID{reserve.ID}
	e := p.must(b).Entry
	want := &ledger.Told{Unit: "points", Balance: 214, AsOf: p.given, Spendable: 200}
	if diff := cmp.Diff(want, e.Told); diff != "" {
		t.Errorf("told: %s", diff)
	}
	if e.Sale.Total != 1499 || e.Sale.Rewards[0].Hold != reserve.ID {
		t.Errorf("sale: %+v", e.Sale)
	}
}

// A reward that the sale names itself is told like one held before.
func TestRedeemTells(t *testing.T) {
	p := newPOS(t)
	b := p.basket("s1", 1999)
	b.Redeem = testkit.Once("five")
	e := p.must(b).Entry
	want := &ledger.Told{Unit: "points", Balance: 214, AsOf: p.given, Spendable: 200}
	if diff := cmp.Diff(want, e.Told); diff != "" {
		t.Error(diff)
	}
	if p.spendable() != 200 {
		t.Errorf("%d spendable", p.spendable())
	}
}

// A basket of a thousand lines is kept as its sums, and earns what it would.
func TestCondensed(t *testing.T) {
	p := newPOS(t)
	b := p.basket("s1", 1999)
	b.Lines = nil
	for i := range 1000 {
		b.Lines = append(b.Lines, ledger.Line{
			SKU: fmt.Sprintf("%060d", i), Net: 150, Gross: 150, Quantity: 1, Categories: []string{[]string{"food", "drink"}[i%2]},
		})
	}
	completed := p.must(b)
	e := completed.Entry
	if !e.Sale.Condensed || len(e.Sale.Lines) != 2 || e.Sale.Total != 150_000 {
		t.Errorf("condensed %v, %d lines, %d", e.Sale.Condensed, len(e.Sale.Lines), e.Sale.Total)
	}
	if earned, err := ledger.Sum(e.Postings, "points", ledger.Issued, ledger.Available); err != nil || earned != 1500 {
		t.Errorf("earned %d, %v", earned, err)
	}
	if e.Told.Balance != 2200 {
		t.Errorf("told %d", e.Told.Balance)
	}
	b.Entry = p.NewEntry()
	if diff := cmp.Diff(e, p.must(b).Entry); diff != "" {
		t.Errorf("told otherwise again: %s", diff)
	}
}

// Of a basket kept as its sums nobody knows the lines any more: they do not
// come back one by one, by the price of others, but by amount.
func TestReturnOfCondensed(t *testing.T) {
	p := newPOS(t)
	b := p.basket("s1", 1999)
	b.Lines = nil
	for i := range 1000 {
		b.Lines = append(b.Lines, ledger.Line{SKU: fmt.Sprintf("%064d", i), Net: 150, Gross: 150, Quantity: 1, Categories: []string{"food", "fresh"}})
	}
	sale := p.must(b).Entry
	if !sale.Sale.Condensed {
		t.Fatal("the basket was kept")
	}
	back := checkout.Taking{Entry: p.NewEntry(), ID: "r1", Of: ledger.SaleRef{Day: sale.Day, ID: "s1"}, Asked: []byte("r1")}
	back.Wish.Lines = []ledger.ReturnedLine{{Line: 0}}
	var basket *loyalty.InvalidBasket
	if taken, err := p.Return(t.Context(), p.Clock.Now(), back); !errors.As(err, &basket) || !strings.Contains(err.Error(), "amount") {
		t.Errorf("by line: %+v, %v", taken.Entry, err)
	}
	back.Wish = loyalty.Wish{Gross: 150}
	taken, err := p.Return(t.Context(), p.Clock.Now(), back)
	if err != nil || taken.Entry.Return.Total != 150 {
		t.Errorf("by amount: %+v, %v", taken.Entry, err)
	}
}

// What she owes is paid by what she earns before any of it is hers: what is
// told is what stands afterwards.
func TestEarnPaysOwed(t *testing.T) {
	p := newPOS(t)
	p.Feed(ledger.AccountState{Account: p.ana, AsOf: p.given, Balances: []ledger.Balance{
		{Program: p.Options.Program, Unit: "points", Escrowed: 700, Receivable: 500},
	}})
	for i, amount := range []ledger.Minor{1999, 90_000} {
		told := p.must(p.basket(fmt.Sprint("then", i), amount)).Entry.Told
		member, err := p.Store.Member(t.Context(), p.ana)
		if err != nil {
			t.Fatal(err)
		}
		if b := member.Balance("points"); told.Balance != b.Shown || told.Owed != b.Owed {
			t.Errorf("told %+v, stands %+v", told, b)
		} else if want := []ledger.Points{481, 0}[i]; told.Owed != want {
			t.Errorf("sale %d leaves %d owed, want %d", i, told.Owed, want)
		}
	}
}

// asker is headquarters at the counter's border.
type asker func(ctx context.Context, account ledger.AccountID, amount ledger.Points) error

func (a asker) AskRight(ctx context.Context, account ledger.AccountID, _ string, _ ledger.Unit, amount ledger.Points) error {
	return a(ctx, account, amount)
}

// Where the rights here do not reach, headquarters is asked once and within
// its budget; what it does not answer in time is not waited for.
func TestAsk(t *testing.T) {
	p := newPOS(t)
	b := p.basket("s1", 9999)
	b.Redeem = testkit.Once("five")
	p.must(b)

	asked := 0
	p.Asker = asker(func(ctx context.Context, _ ledger.AccountID, amount ledger.Points) error {
		asked++
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 300*time.Millisecond || amount != 500 {
			t.Errorf("asked for %d until %v", amount, deadline)
		}
		return context.DeadlineExceeded
	})
	b = p.basket("s2", 9999)
	b.Redeem = testkit.Once("five")
	var refused *loyalty.NoRedeem
	if _, err := p.complete(b); !errors.As(err, &refused) || refused.Reason != loyalty.NoRight || asked != 1 {
		t.Fatalf("asked %d times: %v", asked, err)
	}
	p.Asker = asker(func(_ context.Context, account ledger.AccountID, amount ledger.Points) error {
		p.Give(account, amount)
		return nil
	})
	if e := p.must(b).Entry; e.Sale.Total != 9499 {
		t.Errorf("total %d", e.Sale.Total)
	}
}
