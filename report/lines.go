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
func (s Sums) lines(t teller) []line {
	var out []line
	for _, l := range []struct {
		label, number string
		amount        func(Money) ledger.Minor // nil where none is known
	}{
		{t.sales, count(s.Sales), func(m Money) ledger.Minor { return m.Sales }},
		{t.members, count(s.MemberSales), func(m Money) ledger.Minor { return m.MemberSales }},
		{t.unknown, count(s.UnknownSales), nil},
		{t.rewards, "", func(m Money) ledger.Minor { return m.Rewards }},
		{t.returns, count(s.Returns), func(m Money) ledger.Minor { return m.Returned }},
		{t.voids, count(s.Voids), func(m Money) ledger.Minor { return m.Voided }},
		{t.net, "", func(m Money) ledger.Minor { return m.Net }},
	} {
		next := line{label: l.label, number: l.number}
		for _, m := range s.Money {
			if l.amount == nil {
				break
			}
			next.money = t.money(m.Currency, l.amount(m))
			out, next = append(out, next), line{label: l.label}
		}
		if next.number != "" {
			out = append(out, next) // without any money
		}
	}
	out = append(out, s.givenLines(t)...)
	out = append(out, line{label: t.enrolled, number: count(s.Enrolled)})
	for _, u := range s.Units {
		out = append(out, u.lines(t)...)
	}
	return out
}

// lines are those of a unit; of vouchers, whose units are many, only what there is.
func (u Units) lines(t teller) (out []line) {
	name := u.named(t.language.Unit(u.Unit), t.of)
	earned, redeemed := fmt.Sprintf(t.earned, name), fmt.Sprintf(t.redeemed, name)
	reward, voucher := u.Unit.Voucher()
	if voucher {
		name = u.named(loyalty.NameWords(reward), t.of)
		earned, redeemed = fmt.Sprintf(t.vouchersGiven, name), fmt.Sprintf(t.vouchersUsed, name)
		name = fmt.Sprintf(t.vouchers, name)
	}
	for _, l := range []struct {
		label string
		n     ledger.Points
	}{
		{capital(earned), u.Earned}, {t.unclaimed, u.Unclaimed}, {capital(redeemed), u.Redeemed},
		{capital(fmt.Sprintf(t.takenBack, name)), u.TakenBack}, {capital(fmt.Sprintf(t.givenBack, name)), u.GivenBack},
	} {
		if voucher && l.n == 0 {
			continue
		}
		out = append(out, u.line(l.label, l.n, t.amounts))
	}
	return append(out, u.handLines(name, t)...)
}

// capital begins a line, which a name of the program's may do, with a capital letter.
func capital(text string) string {
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):]
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
func (d Day) Until(in loyalty.Language) string {
	return fmt.Sprintf(catalogs[in].until, d.clock(in, d.MadeAt))
}

// clock writes an instant in the store's zone.
func (d Day) clock(in loyalty.Language, at ledger.Millis) string {
	zone, err := time.LoadLocation(d.TimeZone)
	if err != nil {
		zone = time.UTC // and says so
	}
	local := at.Time().In(zone)
	text := in.Clock(local)
	if local.Format(time.DateOnly) != string(d.Day) {
		text = in.Instant(local)
	}
	if err != nil {
		text += " UTC"
	}
	return text
}

// made are the sentences that say what the report was made from, most
// important first.
func (d Day) made(t teller) []line {
	if d.First == nil {
		return []line{{label: t.nothing}}
	}
	out := []line{
		{label: t.entries, number: fmt.Sprintf(t.entriesFrom,
			d.Entries, d.First.Epoch, d.First.Seq, d.Last.Epoch, d.Last.Seq)},
	}
	if d.SummedUp != 0 {
		out = append(out, line{label: t.summedUp, number: fmt.Sprintf(t.summedUpAt, d.clock(t.language, d.SummedUp))})
	}
	if d.FirstAt != 0 {
		out = append(out, line{label: t.written, number: fmt.Sprintf(t.fromTo, d.clock(t.language, d.FirstAt), d.clock(t.language, d.LastAt))})
	}
	if d.FirstReceipt != "" {
		out = append(out, line{label: t.receipts, number: fmt.Sprintf(t.fromTo, clean(d.FirstReceipt), clean(d.LastReceipt))})
	}
	if d.Unreadable > 0 {
		out = append(out, line{label: t.unreadable, number: fmt.Sprintf(t.inNoSum, d.Unreadable)})
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
