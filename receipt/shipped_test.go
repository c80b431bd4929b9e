package receipt_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// paid is a sale under a shipped program, as a till writes it.
type paid struct {
	program string
	member  loyalty.Standing
	lines   []ledger.Line
	tender  string
	redeem  []loyalty.Redemption
}

// entry evaluates it, and tells a balance with it.
func (s paid) entry(t *testing.T) (*ledger.Entry, *loyalty.Program) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "configs", "programs", s.program+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := loyalty.Load(source, s.program)
	if err != nil {
		t.Fatal(err)
	}
	var total ledger.Minor
	for _, l := range s.lines {
		total += l.Gross
	}
	out, err := p.Evaluate(loyalty.Occasion{At: at, Zone: istanbul(), Member: &s.member, Basket: &loyalty.Basket{
		Currency: p.Currency(), Lines: s.lines, Tenders: []ledger.Tender{{Type: s.tender, Amount: total}}, Redeem: s.redeem,
		Departments: []string{"fuel", "printing"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	e := sale(t)
	e.Program, e.Statuses, e.Uses = new(p.Ref()), out.Statuses, out.Uses
	e.Sale = &ledger.Sale{
		ID: "S-1", Receipt: "1-17", Currency: p.Currency(), Lines: out.Lines, Rewards: out.Rewards, Total: out.Total,
		Tenders: []ledger.Tender{{Type: s.tender, Amount: out.Total}},
	}
	e.Postings, e.Pledges = p.Pledge(out.Earned)
	for _, cost := range out.Costs {
		e.Postings = append(e.Postings, ledger.Posting{Unit: cost.Unit, Amount: cost.Amount, From: ledger.Escrow(ledger.RightID{15: 1}), To: ledger.Redeemed})
	}
	e.Told = &ledger.Told{Unit: p.MainUnit(), Balance: 2250, AsOf: at - 60_000, Spendable: 2000, Pending: 17}
	return e, p
}

func goods(net ledger.Minor, sku string, categories ...string) ledger.Line {
	return ledger.Line{SKU: sku, Net: net, Gross: net, Quantity: 1, Categories: categories}
}

// shipped are a sale under each shipped program, with the vouchers and rewards it has.
func shipped() []paid {
	once := func(rewards ...string) (all []loyalty.Redemption) {
		for _, r := range rewards {
			all = append(all, loyalty.Redemption{Reward: r, Times: 1})
		}
		return all
	}
	older := ledger.LotTerms{ExpiresAt: at + 86_400_000, Promise: ledger.Promise{Version: 7, Benefit: "discount", Value: 2500}}
	coffee := ledger.LotTerms{ExpiresAt: at + 86_400_000, Promise: ledger.Promise{Version: 1, Benefit: "item", Item: "coffee", Max: 450}}
	return []paid{
		{program: "cash-back", lines: []ledger.Line{goods(12345, "Kettle")}, tender: "key_card",
			member: loyalty.Standing{Vouchers: []loyalty.Held{{Reward: "certificate", Terms: older, Count: 1}}}, redeem: once("certificate")},
		{program: "coworking", lines: []ledger.Line{goods(450, "Flat white", "coffee", "drink"), goods(19900, "DESK-1M")}, tender: "card",
			member: loyalty.Standing{Statuses: []string{"desk"}, Vouchers: []loyalty.Held{{Reward: "tenth", Terms: coffee, Count: 1}}},
			redeem: append(once("tenth", "five", "room"), loyalty.Redemption{Reward: "double", Times: 2})},
		{program: "engagement", lines: []ledger.Line{goods(15000, "Jacket")}, tender: "cash",
			member: loyalty.Standing{BirthMonth: 11}, redeem: once("birthday")},
		{program: "item-rewards", lines: []ledger.Line{goods(4000, "Peaches", "fresh_fruit")}, tender: "cash",
			redeem: append(once("hunger", "card25"), loyalty.Redemption{Reward: "pay", Times: 250})},
		{program: "stars", lines: []ledger.Line{goods(525, "Latte", "handcrafted_drink", "coffee"), goods(380, "Filter", "brewed_coffee")}, tender: "stored_value",
			redeem: once("brewed")},
		{program: "subscription", lines: []ledger.Line{goods(6400, "PLUS-12M"), goods(5000, "Diesel")}, tender: "card",
			member: loyalty.Standing{Tier: "eip", Statuses: []string{"plus"}}, redeem: once("fuel", "delivery", "ten")},
		{program: "tiered-points", lines: []ledger.Line{goods(34999, "Lipstick", "makeup")}, tender: "card",
			member: loyalty.Standing{Tier: "vib", BirthMonth: 11}, redeem: once("cash10")},
		{program: "starter", lines: []ledger.Line{goods(34999, "Tea")}, tender: "cash", redeem: once("five")},
	}
}

// What a customer of each shipped program reads: a person looks at these files.
func TestTextOfShippedPrograms(t *testing.T) {
	for _, s := range shipped() {
		t.Run(s.program, func(t *testing.T) {
			e, p := s.entry(t)
			h := header()
			h.Counters, h.Amounts = p.Counters(), p.Amounts()
			golden(t, "program-"+s.program+"-32.txt", receipt.From(e, h).Text(32))
		})
	}
}
