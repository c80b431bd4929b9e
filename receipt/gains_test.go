package receipt_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// rewarded is a sale with all that a program can give and take.
func rewarded(t testing.TB) *ledger.Entry {
	t.Helper()
	e := sale(t)
	right := ledger.RightID{15: 1}
	ends := ledger.MillisOf(time.Date(2027, 2, 20, 0, 0, 0, 0, istanbul()))
	e.Sale.Rewards = []ledger.Taken{
		{Reward: "five", Times: 1, Discount: 500, Voucher: true},
		{Reward: "pay", Times: 250, Discount: 250},
		{Reward: "card25", Times: 2, Benefit: "gift_card", Value: 5000},
		{Reward: "hunger", Times: 1, Benefit: "donate", Value: 500, To: "food_bank"},
		{Reward: "change", Times: 1, Benefit: "cash", Value: 1000},
		{Reward: "spring_preview", Times: 1, Benefit: "access"},
		{Reward: "ten", Times: 1, Bought: true},
	}
	e.Sale.Total = 54739
	e.Postings = append(e.Postings,
		ledger.Posting{Unit: "cash", Amount: 1095, From: ledger.Issued, To: ledger.Pending},
		ledger.Posting{Unit: "voucher.five", Amount: 1, From: ledger.Escrow(right), To: ledger.Redeemed, Right: right},
		ledger.Posting{Unit: "voucher.ten", Amount: 1, From: ledger.Issued, To: ledger.Available, Lot: &ledger.LotTerms{ExpiresAt: ends}, Reward: "ten"},
	)
	e.Told.Vouchers = []ledger.ToldVoucher{{Reward: "five", EndsAt: ends, Count: 2}, {Reward: "birthday_coffee", Count: 1}}
	e.Uses = []ledger.LimitUse{{Limit: "daily", Uses: 1, Rule: "daily"}}
	e.Pledges = []ledger.Pledge{{Reward: "canvas_tote_bag_of_the_year_2026", Rule: "friends"}}
	e.Statuses = []ledger.StatusGrant{{Status: "plus", Period: "P12M", Rule: "plus"}, {Status: "trial", Period: "P1M15D", Rule: "trial"}}
	return e
}

// Every kind of reward, vouchers and statuses have their words on each width.
func TestTextOfGains(t *testing.T) {
	for _, columns := range []int{32, 42, 48} {
		golden(t, fmt.Sprintf("gains-%d.txt", columns), receipt.From(rewarded(t), header()).Text(columns))
	}
}

// What is all pending is not called earned.
func TestTextOfPending(t *testing.T) {
	e := sale(t)
	e.Told.Pending = 549
	e.Postings = []ledger.Posting{{Unit: "points", Amount: 549, From: ledger.Issued, To: ledger.Pending}}
	golden(t, "pending-32.txt", receipt.From(e, header()).Text(32))
}

// What nobody is told of is not promised on paper.
func TestTextOfNobodysGains(t *testing.T) {
	e := rewarded(t)
	e.Told, e.Subject = nil, ledger.SuspectSubject(ledger.SuspectID{15: 3})
	r := receipt.From(e, header())
	if r.Vouchers != nil || r.Statuses != nil || len(r.Unclaimed) != 2 {
		t.Errorf("%+v", r)
	}
}

// A void of it says which vouchers come back and which go.
func TestTextOfVoucherBack(t *testing.T) {
	e := back(t)
	e.Postings = append(e.Postings,
		ledger.Posting{Unit: "voucher.ten", Amount: 1, From: ledger.Available, To: ledger.Issued, Reward: "ten"},
		ledger.Posting{Unit: "voucher.five", Amount: 1, From: ledger.Redeemed, To: ledger.Available, Reward: "five"},
	)
	golden(t, "voucher-back-32.txt", receipt.FromReturn(e, sale(t), header()).Text(32))
}
