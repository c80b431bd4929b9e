package report_test

import (
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// Balances for the books are rows that a spreadsheet takes for text and numbers,
// whatever a program is called, and add up to what is owed to her.
func TestAccountsCSV(t *testing.T) {
	var out strings.Builder
	table, err := report.NewAccountsCSV(&out, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []report.AccountBalance{
		{Account: "a", Balance: ledger.Balance{Program: "=gold", Unit: "points", Available: 700, Escrowed: 500, Pending: 30}},
		{Account: "b", Balance: ledger.Balance{Program: "gold", Unit: "points", Receivable: 40}, AsOf: 1000},
	} {
		if err := table.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.End(); err != nil {
		t.Fatal(err)
	}
	want := "as_of,account,program,unit,available,set_aside,pending,receivable,balance\r\n" +
		"1970-01-01T00:00:00Z,a,'=gold,points,700,500,30,0,1230\r\n" +
		"1970-01-01T00:00:01Z,b,gold,points,0,0,0,40,-40\r\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	full := report.AccountBalance{Balance: ledger.Balance{Available: 1<<63 - 1, Pending: 1}}
	if err := table.Add(full); err == nil {
		t.Error("a sum out of range was written")
	}
}
