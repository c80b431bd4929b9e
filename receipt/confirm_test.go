package receipt_test

import (
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// A sale that waits to be confirmed says what it earned, that it is nobody's yet,
// and until when; no balance, and nothing called earned.
func TestToConfirm(t *testing.T) {
	e := sale(t)
	e.Subject, e.Told, e.Postings, e.Sale.Rewards = ledger.SaleSubject(e.ID), nil, e.Postings[:2], nil
	h := header()
	h.Member, h.ConfirmUntil = "", "2026-11-29"
	text := receipt.From(e, h).Text(42)
	golden(t, "confirm-42.txt", text)
	if strings.Contains(text, "Earned") || strings.Contains(text, "Balance") {
		t.Errorf("told as hers:\n%s", text)
	}
}
