package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// nameWidth is how much of an operator's id a table shows; CSV and JSON have
// it whole.
const nameWidth = 12

// Table writes the report for people, within 80 columns for what a till sells.
func (d Day) Table(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Business day %s, %s (%s), %s\n%s\n\n", d.Day, clean(d.Store), d.StoreID, clean(d.Name), d.Until(loyalty.English))
	d.writeAll(&b)
	d.writeMoney(&b)
	d.writeGiven(&b)
	d.writeUnits(&b)
	d.writeAdjusted(&b)
	d.writeStore(&b)
	b.WriteByte('\n')
	for _, l := range d.made(d.tells(loyalty.English)) {
		fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("%-12s%s", l.label, l.number), " "))
	}
	if d.Head.Hash.IsZero() {
		fmt.Fprintln(&b, catalogs[loyalty.English].emptyJournal)
	} else {
		fmt.Fprintf(&b, "%-12s%d.%d  %s\n%12s%s\n", "Head", d.Head.Epoch, d.Head.Seq, ShortHash(d.Head.Hash), "", d.Head.Hash)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d Day) writeAll(b *strings.Builder) {
	rows := [][]string{}
	for _, l := range d.All.lines(d.tells(loyalty.English)) {
		rows = append(rows, []string{l.label, l.number, l.money})
	}
	writeGrid(b, rows)
}

// writeMoney is a line for each operator and currency, the counts with the
// first.
func (d Day) writeMoney(b *strings.Builder) {
	rows := [][]string{{"Operator", "sales", "members", "amount", "rewards", "returned", "voided", "enrolled"}}
	for _, o := range d.Operators {
		row := []string{o.name(), count(o.Sales), count(o.MemberSales), "", "", "", "", count(o.Enrolled)}
		for i, m := range o.Money {
			if i > 0 {
				rows = append(rows, row)
				row = []string{"", "", "", "", "", "", "", ""}
			}
			row[3], row[4] = m.Currency.Format(m.Sales), m.Currency.Format(m.Rewards)
			if len(d.All.Money) > 1 {
				row[3] += " " + string(m.Currency)
			}
			row[5], row[6] = m.Currency.Format(m.Returned), m.Currency.Format(m.Voided)
		}
		rows = append(rows, row)
	}
	if len(rows) > 1 {
		b.WriteByte('\n')
		writeGrid(b, rows)
	}
}

func (d Day) writeUnits(b *strings.Builder) {
	units := [][]string{{"Operator", "unit", "earned", "unclaimed", "redeemed", "taken back", "given back"}}
	vouchers := [][]string{{"Operator", "vouchers of", "given", "unclaimed", "used", "taken back", "given back"}}
	for _, o := range d.Operators {
		for _, u := range o.Units {
			if reward, voucher := u.Unit.Voucher(); voucher {
				vouchers = append(vouchers, u.row(o.name(), u.named(loyalty.NameWords(reward), catalogs[loyalty.English].of), d.amounts))
			} else {
				units = append(units, u.row(o.name(), u.name(), d.amounts))
			}
		}
	}
	for _, rows := range [][][]string{units, vouchers} {
		if len(rows) > 1 {
			b.WriteByte('\n')
			writeGrid(b, rows)
		}
	}
}

func (u Units) row(operator, name string, amounts loyalty.Amounts) []string {
	row := []string{operator, name}
	for _, n := range []ledger.Points{u.Earned, u.Unclaimed, u.Redeemed, u.TakenBack, u.GivenBack} {
		row = append(row, amounts.Number(u.Unit, n))
	}
	return row
}

// name is the operator's id in the cells there are.
func (o Operator) name() string {
	name := clean(o.ID)
	if utf8.RuneCountInString(name) <= nameWidth {
		return name
	}
	return string([]rune(name)[:nameWidth-1]) + "…"
}

// writeGrid aligns the first column to the left and the others to the right.
func writeGrid(b *strings.Builder, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var out strings.Builder
		for i, cell := range row {
			if i == 0 {
				fmt.Fprintf(&out, "%-*s", widths[i], cell)
			} else {
				fmt.Fprintf(&out, "  %*s", widths[i], cell)
			}
		}
		fmt.Fprintln(b, strings.TrimRight(out.String(), " "))
	}
}
