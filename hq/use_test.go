package hq_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

const yearly = `
program: yearly
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}}
limits: {gift: {uses: 1, every: calendar_year}}
rules: [{id: base, on: sale, each: line, give: {points: 1/100}}]
rewards: [{id: gift, limit: gift, benefit: {discount: 400}}]
offline: {share: 1/1, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 20000}
`

// A till of the release before is given no uses, and gives gifts without: that is
// accepted, and a person is told where a limit was exceeded.
func TestGiftWithoutUse(t *testing.T) {
	p, err := loyalty.Load([]byte(yearly), "yearly.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOf(t, p)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	for range 2 {
		e := earning(subject, saleID(), 10)
		e.Program = new(p.Ref())
		e.Sale.Rewards = []ledger.Taken{{Reward: "gift", Times: 1, Discount: 400}}
		e.Uses = []ledger.LimitUse{{Limit: "gift", Uses: 1, Reward: "gift"}}
		a.append(e, nil, nil)
		a.sync()
	}
	if w.status().OpenUses != 0 {
		t.Error("it was given uses")
	}
	if n := w.told(event.Beyond); n != 1 {
		t.Errorf("told %d times, want 1", n)
	}
	w.clean()
}
