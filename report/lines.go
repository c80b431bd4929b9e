package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// line is one thing that a report says of the whole till: how many, and what
// they come to.
type line struct {
	label  string
	number string
	money  string
	// nothing says that it is about nothing: an operator's paper leaves it out.
	nothing bool
}

// lines are the sums, each with what it comes to. Those of a second currency
// stand below the first one's, without the count.
func (s Sums) lines(amounts loyalty.Amounts) []line {
	var out []line
	for _, l := range []struct {
		label, number string
		amount        func(Money) ledger.Minor // nil where none is known
	}{
		{"Sales", count(s.Sales), func(m Money) ledger.Minor { return m.Sales }},
		{"  of members", count(s.MemberSales), func(m Money) ledger.Minor { return m.MemberSales }},
		{"  of unknown numbers", count(s.UnknownSales), nil},
		{"Rewards", "", func(m Money) ledger.Minor { return m.Rewards }},
		{"Returns", count(s.Returns), func(m Money) ledger.Minor { return m.Returned }},
		{"Voids", count(s.Voids), func(m Money) ledger.Minor { return m.Voided }},
		{"Net sales", "", func(m Money) ledger.Minor { return m.Net }},
	} {
		next := line{label: l.label, number: l.number}
		for _, m := range s.Money {
			if l.amount == nil {
				break
			}
			next.money = m.Currency.Format(l.amount(m)) + " " + string(m.Currency)
			out, next = append(out, next), line{label: l.label}
		}
		if next.number != "" {
			out = append(out, next) // without any money
		}
	}
	out = append(out, s.givenLines()...)
	out = append(out, line{label: "Enrolled", number: count(s.Enrolled)})
	for _, u := range s.Units {
		out = append(out, u.lines(amounts)...)
	}
	return out
}

// lines are those of a unit; of vouchers, whose units are many, only what there is.
func (u Units) lines(amounts loyalty.Amounts) (out []line) {
	name, earned, redeemed := u.name(), " earned", " redeemed"
	reward, voucher := u.Unit.Voucher()
	if voucher {
		name, earned, redeemed = "vouchers of "+u.named(loyalty.NameWords(reward)), ": given", ": used"
	}
	name = strings.ToUpper(name[:min(1, len(name))]) + name[min(1, len(name)):]
	for _, l := range []struct {
		label string
		n     ledger.Points
	}{
		{name + earned, u.Earned}, {"  unclaimed", u.Unclaimed}, {name + redeemed, u.Redeemed},
		{name + " taken back", u.TakenBack}, {name + " given back", u.GivenBack},
	} {
		if voucher && l.n == 0 {
			continue
		}
		out = append(out, u.line(l.label, l.n, amounts))
	}
	return append(out, u.handLines(name, amounts)...)
}

// line is an amount of the unit: as money where it is some.
func (u Units) line(label string, n ledger.Points, amounts loyalty.Amounts) line {
	if money, ok := amounts.Money(u.Unit, n); ok {
		return line{label: label, money: money, nothing: n == 0}
	}
	return line{label: label, number: n.String(), nothing: n == 0}
}

func count(n int64) string { return strconv.FormatInt(n, 10) }

// Until says what the report is of, as design.md has it: "this till, until
// 14:05", with the date where it was made on another day.
func (d Day) Until() string { return "this till, until " + d.clock(d.MadeAt) }

// clock writes an instant in the store's zone.
func (d Day) clock(at ledger.Millis) string {
	zone, err := time.LoadLocation(d.TimeZone)
	if err != nil {
		zone = time.UTC // and says so
	}
	local := at.Time().In(zone)
	text := local.Format("15:04")
	if date := local.Format(time.DateOnly); date != string(d.Day) {
		text = date + " " + text
	}
	if err != nil {
		text += " UTC"
	}
	return text
}

// made are the sentences that say what the report was made from, most
// important first.
func (d Day) made() []line {
	if d.First == nil {
		return []line{{label: "Nothing was written on this day."}}
	}
	out := []line{
		{label: "Entries", number: fmt.Sprintf("%d, from %d.%d to %d.%d",
			d.Entries, d.First.Epoch, d.First.Seq, d.Last.Epoch, d.Last.Seq)},
	}
	if d.SummedUp != 0 {
		out = append(out, line{label: "Summed up", number: d.clock(d.SummedUp) + "; the entries are at headquarters"})
	}
	if d.FirstAt != 0 {
		out = append(out, line{label: "Written", number: d.clock(d.FirstAt) + " to " + d.clock(d.LastAt)})
	}
	if d.FirstReceipt != "" {
		out = append(out, line{label: "Receipts", number: clean(d.FirstReceipt) + " to " + clean(d.LastReceipt)})
	}
	if d.Unreadable > 0 {
		out = append(out, line{label: "UNREADABLE", number: fmt.Sprintf("%d, in no sum: loyaltyd verify", d.Unreadable)})
	}
	return out
}

// ShortHash writes as much of a hash as can be compared by eye and typed: 16
// hexadecimal digits in groups of four.
func ShortHash(h ledger.Hash) string { return groups(h.String()[:16], 4) }

// groups puts a space between groups of letters.
func groups(text string, size int) string {
	var b strings.Builder
	for i := range len(text) {
		if i > 0 && i%size == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// clean makes a foreign text one line of what can be seen, so that no
// operator's name commands a terminal or turns a line around.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
}
