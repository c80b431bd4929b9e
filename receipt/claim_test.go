package receipt_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
)

const claimCode = "LC1-04HMA-SR828-40G50-3R80G-60HG8-1A4E3-GF810-20M5K-M56RK-JCHM2-0"

// nobodys is a sale without a member, with the code by which it can be claimed.
func nobodys(t *testing.T) receipt.Receipt {
	e := sale(t)
	e.Subject, e.Told, e.Postings, e.Sale.Rewards = ledger.SaleSubject(e.ID), nil, e.Postings[:2], nil
	h := header()
	h.Member, h.Claim, h.ClaimUntil = "", claimCode, "2026-11-29"
	return receipt.From(e, h)
}

// The code of a sale without a member stands on its receipt in whole groups,
// whatever the paper's width, and on none that is not real.
func TestClaim(t *testing.T) {
	for _, columns := range []int{16, 32, 42, 48} {
		text := nobodys(t).Text(columns)
		if columns > 16 {
			golden(t, fmt.Sprintf("claim-%d.txt", columns), text)
		}
		for _, group := range strings.Split(claimCode, "-") {
			if !strings.Contains(text, group) {
				t.Errorf("%d columns: %s is broken", columns, group)
			}
		}
	}
	golden(t, "claim-32.html", html(t, nobodys(t), 32))
	training := nobodys(t)
	training.Training = true
	if strings.Contains(training.Text(42), "LC1") {
		t.Error("what is trained on can be claimed")
	}
}
