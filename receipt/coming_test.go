package receipt_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// A receipt ends with what was announced.
func TestNewRules(t *testing.T) {
	r := receipt.From(sale(t), receipt.Header{
		Store: "Corner Shop", Terminal: "Till 1", Member: "A*** B***", Zone: istanbul(), Notes: []string{receipt.NewRules(loyalty.English, "2027-01-01")},
	})
	golden(t, "coming-32.txt", r.Text(32))
}
