package report

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// columns are the CSV's, which other programs rely on: new ones go to the end.
var columns = slices.Concat([]string{
	"business_day_date", "retail_store_id", "terminal_id", "operator_id",
	"sales", "member_sales", "unknown_sales", "returns", "voids", "enrolled",
	"currency_code", "sales_amount", "member_sales_amount", "rewards_amount", "returned_amount", "voided_amount", "net_amount",
	"unit", "earned", "unclaimed", "redeemed", "taken_back", "given_back",
	"program",
}, adjustedColumns, givenColumns)

// CSV writes the operators' sums by RFC 4180, a row each; those with several
// currencies, units or kinds of what was given take a row more for each of them, without what stood in
// the first. So the sum of each column is the till's.
func (d Day) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(columns); err != nil {
		return err
	}
	for _, o := range d.Operators {
		for i := range max(1, len(o.Money), len(o.Units), len(o.Given)) {
			row := []string{string(d.Day), string(d.StoreID), d.Terminal.String(), inert(o.ID)}
			if err := out.Write(slices.Concat(row, o.cells(i, d.amounts), o.givenCells(i))); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// cells are the i-th row of an operator.
func (o Operator) cells(i int, amounts loyalty.Amounts) []string {
	cells := make([]string, 0, len(columns))
	if i == 0 {
		for _, n := range []int64{o.Sales, o.MemberSales, o.UnknownSales, o.Returns, o.Voids, o.Enrolled} {
			cells = append(cells, count(n))
		}
	} else {
		cells = append(cells, make([]string, 6)...)
	}
	if i < len(o.Money) {
		m := o.Money[i]
		cells = append(cells, string(m.Currency))
		for _, amount := range []ledger.Minor{m.Sales, m.MemberSales, m.Rewards, m.Returned, m.Voided, m.Net} {
			cells = append(cells, m.Currency.Format(amount))
		}
	} else {
		cells = append(cells, make([]string, 7)...)
	}
	if i >= len(o.Units) {
		return append(cells, make([]string, 7+len(adjustedColumns))...)
	}
	u := o.Units[i]
	cells = append(cells, inert(string(u.Unit)))
	for _, n := range []ledger.Points{u.Earned, u.Unclaimed, u.Redeemed, u.TakenBack, u.GivenBack} {
		cells = append(cells, amounts.Number(u.Unit, n))
	}
	cells = append(cells, inert(u.Program))
	return append(cells, u.handCells(amounts)...)
}

// inert keeps a spreadsheet from taking a foreign text for a formula: what
// begins as one, in full width too, gets an apostrophe before it. A lone
// hyphen, which is nobody, is none.
func inert(text string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, " "))
	if text == "-" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return text
	}
	return "'" + text
}

// JSON writes all of the report. Amounts are minor units.
func (d Day) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(d)
}
