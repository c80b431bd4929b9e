package hq_test

import (
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// selling is a sale of two lines, 30.00 and 10.00, that earns a point a unit.
func selling(subject ledger.Subject, id string) *ledger.Entry {
	e := earning(subject, id, 40)
	e.Sale.Total = 4000
	e.Sale.Lines = []ledger.Line{{Net: 3000, Gross: 3000, Quantity: 3}, {Net: 1000, Gross: 1000, Quantity: 1}}
	e.Postings = nil
	for i, amount := range []ledger.Points{30, 10} {
		e.Postings = append(e.Postings, ledger.Posting{
			Unit: unit, Amount: amount, From: ledger.Issued, To: ledger.Available, Rule: "base", Line: &i,
		})
	}
	return e
}

func (t *till) sell(subject ledger.Subject, id string) *ledger.Entry {
	t.Helper()
	return t.append(selling(subject, id), nil, nil)
}

// redeem sells selling's basket with 10.00 off for points of rights.
func (t *till) redeem(subject ledger.Subject, id string, cost ledger.Points, right ledger.RightID) *ledger.Entry {
	t.Helper()
	e := selling(subject, id)
	e.Sale.Lines[0].Discount, e.Sale.Lines[1].Discount = 750, 250
	e.Sale.Rewards = []ledger.Taken{{Reward: "off", Times: 1, Discount: 1000}}
	e.Postings = []ledger.Posting{{
		Unit: unit, Amount: cost, From: ledger.Escrow(right), To: ledger.Redeemed, Reward: "off", Right: right,
	}}
	return t.append(e, nil, nil)
}

// comeBack writes a return at a till that has the sale; all of it is a void.
func (t *till) comeBack(sale *ledger.Entry, before []*ledger.Entry, wish loyalty.Wish) *ledger.Entry {
	t.Helper()
	var backs []loyalty.Back
	for _, e := range before {
		backs = append(backs, loyalty.BackOf(e))
	}
	rest, err := loyalty.RestOf(sale, backs)
	if err != nil {
		t.Fatal(err)
	}
	back, err := rest.Take(wish)
	if err != nil {
		t.Fatal(err)
	}
	e := returning(t, sale)
	e.Return.Of.Entry, e.Return.Lines, e.Return.Total, e.Postings = sale.ID, back.Lines, back.Total, back.Postings
	if wish.All {
		e.Kind = ledger.Voided
	}
	return t.append(e, nil, nil)
}

// elsewhere writes a return at a till that does not have the sale.
func (t *till) elsewhere(of *till, sale *ledger.Entry, lines ...ledger.ReturnedLine) *ledger.Entry {
	t.Helper()
	e := returning(of, sale)
	e.Return.Lines = lines
	for _, line := range lines {
		e.Return.Total += line.Gross
	}
	return t.append(e, nil, nil)
}

func returning(at *till, sale *ledger.Entry) *ledger.Entry {
	return &ledger.Entry{
		Kind: ledger.Returned, Subject: ledger.SaleSubject(sale.ID), Day: sale.Day,
		Return: &ledger.Return{
			ID: saleID(), Receipt: "1", Currency: "TRY",
			Of: ledger.SaleRef{Terminal: at.Terminal, Day: sale.Day, ID: sale.Sale.ID},
		},
	}
}

// owes compares all of what headquarters has of the member.
func (w *world) owes(when string, available, receivable ledger.Points) {
	w.Helper()
	if b := w.balance(ayse); b.Available != available || b.Receivable != receivable || b.Escrowed != 0 {
		w.Errorf("%s: available %d, escrowed %d, receivable %d, want %d, 0 and %d", when, b.Available, b.Escrowed, b.Receivable, available, receivable)
	}
	w.clean()
}

func (t *till) verdict(when string, e *ledger.Entry, want ledger.Verdict) {
	t.Helper()
	c := t.rows["verdict "+e.ID.String()]
	got := ledger.Posted
	if c.Verdict != nil {
		got = c.Verdict.Verdict
	}
	if got != want {
		t.Errorf("%s: the feed says %q, want %q", when, got, want)
	}
}

// newcomer is a member whom two tills know, without points.
func newcomer(t *testing.T) (w *world, a, b *till, subject ledger.Subject) {
	t.Helper()
	w = newWorld(t)
	a, b = w.newTill("lane 1"), w.newTill("lane 2")
	subject = ledger.SubjectOf(a.addMember(ayse, "Ayşe"))
	a.sync()
	return w, a, b, subject
}

// What comes back is taken from the sale's account, in parts and whatever is
// said about whom, and once.
func TestReturn(t *testing.T) {
	w, a, _, subject := newcomer(t)
	sale := a.sell(subject, "S-return")
	first := a.comeBack(sale, nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 1}}})
	a.sync()
	w.owes("one of three", 30, 0)
	twice := *first
	twice.ID = ledger.EntryID{}
	again := a.append(&twice, nil, nil)
	a.sync()
	w.owes("the same once more", 30, 0)
	a.verdict("the same once more", again, ledger.DuplicateSale)
	named := returning(a, sale)
	named.Subject = ledger.SubjectOf(newAccountID())
	named.Return.Lines = []ledger.ReturnedLine{{Line: 1}}
	a.append(named, nil, nil)
	a.sync()
	w.owes("a member named on it", 20, 0)
	void := a.comeBack(sale, []*ledger.Entry{first}, loyalty.Wish{All: true})
	a.sync()
	w.owes("voided", 0, 0)
	a.verdict("voided, and a line had come back unknown to the till", void, ledger.ExcessReturn)
	if w.told(event.Excess) != 1 || w.told(event.DuplicateSale) != 1 {
		t.Errorf("events %v", w.events)
	}
}

// Two tills take one line back: the second is told, and takes nothing.
func TestExcessReturn(t *testing.T) {
	w, a, b, subject := newcomer(t)
	sale := a.sell(subject, "S-excess")
	other := b.elsewhere(a, sale, ledger.ReturnedLine{Line: 0, Quantity: 2})
	own := a.comeBack(sale, nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 2}}})
	a.sync()
	b.sync()
	w.owes("three of three and one line", 10, 0)
	a.verdict("first", own, ledger.Posted)
	b.verdict("second", other, ledger.ExcessReturn)
	amount := returning(a, sale)
	amount.Return.Total = 5000
	b.append(amount, nil, nil)
	wrong := b.elsewhere(a, sale, ledger.ReturnedLine{Line: 7})
	b.sync()
	w.owes("an amount beyond what is left", 0, 0)
	b.verdict("an amount", amount, ledger.ExcessReturn)
	b.verdict("a line that is not there", wrong, ledger.ExcessReturn)
}

// What was spent already is owed, and the next points pay it first.
func TestOwed(t *testing.T) {
	w, a, _, subject := newcomer(t)
	var sales []*ledger.Entry
	for i := range 5 {
		sales = append(sales, a.sell(subject, fmt.Sprint("S-", i)))
	}
	a.sync()
	w.expect("half is placed", 100, 100)
	r := a.theRight()
	a.redeem(subject, "S-spends", 100, r.ID)
	a.sync()
	w.owes("spent", 100, 0)
	for _, sale := range sales {
		a.comeBack(sale, nil, loyalty.Wish{All: true})
	}
	a.sync()
	w.owes("200 were earned, 100 are there", 0, 100)
	a.earn(subject, 30)
	a.sync()
	w.owes("30 pay first", 0, 70)
	if c := a.rows["account "+string(subject)]; c.Account.Balances[0].Receivable != 70 {
		t.Errorf("the feed says %+v", c.Account.Balances)
	}
}

// Of a sale kept as its sums a till that does not have it names lines of the
// basket: what comes back is its amount, of whichever line.
func TestReturnOfCondensed(t *testing.T) {
	w, a, b, subject := newcomer(t)
	sale := selling(subject, "S-large")
	for i := range sale.Sale.Lines {
		sale.Sale.Lines[i].Categories = []string{fmt.Sprint(i)}
	}
	if err := sale.Condense(); err != nil {
		t.Fatal(err)
	}
	a.append(sale, nil, nil)
	a.sync()
	b.elsewhere(a, sale, ledger.ReturnedLine{Line: 700, Gross: 500}, ledger.ReturnedLine{Line: 0, Gross: 500, Quantity: 1})
	b.sync()
	w.owes("10.00 of 40.00", 30, 0)
	unsaid := b.elsewhere(a, sale, ledger.ReturnedLine{Line: 0})
	b.sync()
	w.owes("nobody knows how much", 30, 0)
	b.verdict("nobody knows how much", unsaid, ledger.ExcessReturn)
}

// indebted is a member who owes 60 while 100 are set aside: of 200 earned 160
// came back, and what is in rights is not taken.
func indebted(t *testing.T) (w *world, a *till, subject ledger.Subject, r *ledger.Right) {
	t.Helper()
	w, a, _, subject = newcomer(t)
	var sales []*ledger.Entry
	for i := range 5 {
		sales = append(sales, a.sell(subject, fmt.Sprint("S-", i)))
	}
	a.sync()
	w.expect("half is placed", 100, 100)
	for _, sale := range sales[1:] {
		a.comeBack(sale, nil, loyalty.Wish{All: true})
	}
	a.sync()
	if b := w.balance(ayse); b.Available != 0 || b.Escrowed != 100 || b.Receivable != 60 {
		t.Fatalf("%+v", b)
	}
	return w, a, subject, a.theRight()
}

// What is given back of a right pays what is owed first; only the rest rejoins
// its lots.
func TestRightPaysOwed(t *testing.T) {
	w, a, subject, r := indebted(t)
	a.giveBack(subject, r.ID, 100)
	a.sync()
	w.owes("60 paid, 40 are there", 40, 0)
	if s := w.status(); s.Quarantined != 0 {
		t.Errorf("%d in quarantine", s.Quarantined)
	}
	a.earn(subject, 10)
	a.sync()
	w.owes("nothing is owed any more", 50, 0)
}

// A right that is reclaimed pays what is owed first too.
func TestReclaimPaysOwed(t *testing.T) {
	w, _, _, _ := indebted(t)
	w.workFor(20)
	if w.told(event.Unproven) != 1 {
		t.Fatalf("unproven told %d times, want 1", w.told(event.Unproven))
	}
	w.owes("60 paid, 40 are there", 40, 0)
}

// What a reward had cost comes back by the share of its discount, rejoins the
// lots it came from, and pays what is owed first.
func TestGivenBack(t *testing.T) {
	w, a, _, subject := newcomer(t)
	a.earn(subject, 150)
	late := a.earn(subject, 50)
	a.sync()
	sale := a.redeem(subject, "S-spends", 100, a.theRight().ID)
	first := a.comeBack(sale, nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 1}}})
	a.sync()
	w.owes("a quarter", 125, 0)
	a.append(&ledger.Entry{
		Kind: ledger.Voided, Subject: subject, Day: late.Day, Return: &ledger.Return{
			ID: saleID(), Receipt: "1", Currency: "TRY", Of: ledger.SaleRef{Terminal: a.Terminal, Day: late.Day, ID: late.Sale.ID},
		},
	}, nil, nil)
	a.sync()
	w.owes("50 of another sale", 75, 0)
	a.comeBack(sale, []*ledger.Entry{first}, loyalty.Wish{All: true})
	a.sync()
	if b := w.balance(ayse); b.Available+b.Escrowed != 150 || b.Receivable != 0 {
		t.Errorf("all of it: %+v", b)
	}
	w.clean()
}

// Owed points are paid by what comes back.
func TestGivenBackPays(t *testing.T) {
	w, a, _, subject := newcomer(t)
	earned := a.sell(subject, "S-1")
	for i := range 4 {
		a.sell(subject, fmt.Sprint("S-x", i))
	}
	a.sync()
	sale := a.redeem(subject, "S-spends", 100, a.theRight().ID)
	a.sync()
	for i := range 4 {
		a.elsewhere(a, selling(subject, fmt.Sprint("S-x", i)), ledger.ReturnedLine{Line: 0}, ledger.ReturnedLine{Line: 1})
	}
	a.comeBack(earned, nil, loyalty.Wish{All: true})
	a.sync()
	w.owes("owed", 0, 100)
	a.comeBack(sale, nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 2}}})
	a.sync()
	w.owes("half of it", 0, 50)
}

// What comes back when its lot has lapsed lasts two weeks more.
func TestGivenBackLate(t *testing.T) {
	w, a, _, subject := newcomer(t)
	e := earning(subject, saleID(), 200)
	ends := ledger.MillisOf(w.now()) + 1000*3600*10
	e.Postings[0].Lot = &ledger.LotTerms{ExpiresAt: ends}
	a.append(e, nil, nil)
	a.sync()
	sale := a.redeem(subject, "S-spends", 100, a.theRight().ID)
	a.comeBack(sale, nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 1}}})
	a.sync()
	w.owes("in time", 125, 0)
	w.pass(11 * 3600e9)
	rest := returning(a, sale)
	rest.Kind = ledger.Voided
	a.append(rest, nil, nil)
	a.sync()
	w.owes("late", 200, 0)
}

// A sale that lost its key earned nothing, so nothing is taken for it; what it
// spent comes back. The winner's returns are its own.
func TestReturnOfDuplicate(t *testing.T) {
	w, a, subject := served(t, 1000)
	r := a.theRight()
	winner := a.sell(subject, "S-twice")
	loser := a.redeem(subject, "S-twice", 100, r.ID)
	a.sync()
	w.owesAll("both", 940)
	a.comeBack(loser, nil, loyalty.Wish{All: true})
	a.sync()
	w.owesAll("the loser's", 1040)
	a.comeBack(winner, nil, loyalty.Wish{All: true})
	a.sync()
	w.owesAll("the winner's", 1000)
}

// Points that were never hers do not come back to her: what a reclaimed or
// overspent right had not covered goes back to loss.
func TestReturnOfLoss(t *testing.T) {
	w, a, subject := served(t, 1000)
	r := a.theRight()
	sale := a.redeem(subject, "S-over", 700, r.ID)
	a.sync()
	w.owesAll("500 of it were hers", 500)
	part := a.comeBack(sale, nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0}}})
	a.sync()
	w.owesAll("hers come back first", 1000)
	a.verdict("more was told", part, ledger.LossFunded)
	a.comeBack(sale, []*ledger.Entry{part}, loyalty.Wish{All: true})
	a.sync()
	w.owesAll("and nothing more", 1000)
}

func (w *world) owesAll(when string, want ledger.Points) {
	w.Helper()
	if b := w.balance(ayse); b.Available+b.Escrowed != want || b.Receivable != 0 {
		w.Errorf("%s: %+v, want %d", when, b, want)
	}
	w.clean()
}

// The returns of a sale to a suspect, to nobody, and to an account that became
// another's stay in the ledger where it stands.
func TestReturnFollowsSale(t *testing.T) {
	w := newWorld(t)
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	a.addMember(ayse, "")
	second := b.addMember(ayse, "")
	a.sync()
	b.sync()
	merged := b.sell(ledger.SubjectOf(second), "S-merged")
	b.sync()
	w.owes("earned by the survivor", 40, 0)
	b.comeBack(merged, nil, loyalty.Wish{All: true})
	b.sync()
	w.owes("given back by the survivor", 0, 0)
	unknown := a.suspect("S-suspect", "+905550000000", 4)
	nobody := a.sell(ledger.SaleSubject(newEntryID()), "S-nobody")
	a.comeBack(unknown, nil, loyalty.Wish{All: true})
	a.comeBack(nobody, nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 1}}})
	a.sync()
	w.owes("neither is hers", 0, 0)
	if s := w.status(); s.Parked != 0 || s.Quarantined != 0 {
		t.Errorf("parked %d, quarantined %d", s.Parked, s.Quarantined)
	}
}

// A return that names what is no sale is kept aside; one that names another
// sale's entry waits for its own; one of a fenced till does nothing.
func TestReturnOfNothing(t *testing.T) {
	w, a, b, subject := newcomer(t)
	sale := a.sell(subject, "S-1")
	back := a.comeBack(sale, nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 1}}})
	twice := returning(a, sale)
	twice.Return.Of.ID = back.Return.ID
	a.append(twice, nil, nil)
	lying := returning(a, sale)
	lying.Kind, lying.Return.Of.Entry, lying.Return.Of.ID = ledger.Voided, sale.ID, "S-other"
	b.append(lying, nil, nil)
	a.sync()
	b.sync()
	w.owes("only the one return", 30, 0)
	copied := b.clone()
	b.earn(subject, 1)
	b.push()
	copied.earn(subject, 2)
	copied.send(copied.batch(copied.acked, len(copied.lines))) // whatever comes back
	fenced := returning(a, sale)
	fenced.Kind = ledger.Voided
	b.append(fenced, nil, nil)
	b.send(b.batch(b.acked, len(b.lines)))
	w.work()
	w.owes("held", 31, 0)
	if s := w.status(); s.Parked != 1 || s.Quarantined != 1 || s.Held == 0 {
		t.Errorf("parked %d, quarantined %d, held %d", s.Parked, s.Quarantined, s.Held)
	}
}
