package loyalty

import (
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Amounts writes amounts of a program's units as people read them: of one that is
// money with the decimals of its currency. The zero value takes every unit for
// things that are counted, and writes English.
type Amounts struct {
	currency ledger.Currency
	money    []ledger.Unit // that are money
	purse    ledger.Unit   // the only one of them that is spent; empty where there are several
	language Language
	grouped  bool // thousands stand apart in each number
}

// In writes them in a language.
func (a Amounts) In(l Language) Amounts {
	a.language = l
	return a
}

// Grouped writes thousands apart in each number, for whoever has the room.
func (a Amounts) Grouped() Amounts {
	a.grouped = true
	return a
}

// Amounts returns what writes amounts of the program's units.
func (p *Program) Amounts() Amounts {
	a, spent := Amounts{currency: p.currency}, 0
	for i := range p.units {
		u := &p.units[i]
		if !p.isMoney(u) {
			continue
		}
		a.money = append(a.money, u.name)
		if u.spendable {
			a.purse = u.name
			spent++
		}
	}
	if spent > 1 {
		a.purse = ""
	}
	return a
}

// Number writes an amount without its unit, as displays and columns have it:
// "22.50", "2250".
func (a Amounts) Number(of ledger.Unit, n ledger.Points) string {
	money := slices.Contains(a.money, of)
	switch {
	case money && a.grouped:
		return a.language.Grouped(a.currency, ledger.Minor(n))
	case money:
		return a.language.Money(a.currency, ledger.Minor(n))
	case a.grouped:
		return grouped(n.String(), tongues[a.language].thousands)
	}
	return n.String()
}

// Money writes an amount of a unit that is money with its currency: "22.50 TRY";
// false of any other.
func (a Amounts) Money(of ledger.Unit, n ledger.Points) (text string, ok bool) {
	if !slices.Contains(a.money, of) {
		return "", false
	}
	return a.Number(of, n) + " " + a.language.Currency(a.currency), true
}

// Words writes an amount with its unit: "2,250 points", "22.50 TRY", and where
// that could be another one, "22.50 TRY of fuel". Vouchers are counted.
func (a Amounts) Words(of ledger.Unit, n ledger.Points) string {
	if reward, voucher := of.Voucher(); voucher {
		return a.language.VoucherWords(reward, n)
	}
	if !slices.Contains(a.money, of) {
		return grouped(n.String(), tongues[a.language].thousands) + " " + a.language.unit(of, n)
	}
	text, _ := a.Money(of, n)
	if of != a.purse {
		text = fmt.Sprintf(tongues[a.language].part, text, of)
	}
	return text
}

// Unit is what many of a unit are called.
func (l Language) Unit(of ledger.Unit) string { return l.unit(of, 2) }

// unit is what some of a unit are called. One that the language has no word for is
// called as the program does.
func (l Language) unit(of ledger.Unit, n ledger.Points) string {
	if called, ok := tongues[l].units[of]; ok {
		return called
	}
	if u := (&unit{name: of}); n == 1 {
		return u.one()
	}
	return string(of)
}

// Signed is Words with the sign of a change in front: "+2,250 points".
func (a Amounts) Signed(of ledger.Unit, n ledger.Points) string {
	if n < 0 {
		return a.Words(of, n)
	}
	return "+" + a.Words(of, n)
}

// VoucherWords counts vouchers of a reward: "1 voucher: free coffee".
func (l Language) VoucherWords(reward string, n ledger.Points) string {
	called := tongues[l].vouchers
	if n == 1 {
		called = tongues[l].voucher
	}
	return n.String() + " " + called + ": " + NameWords(reward)
}

// NameWords reads a name of the program's as text: "food_bank" is "food bank".
func NameWords(name string) string { return strings.ReplaceAll(name, "_", " ") }

// grouped writes a whole number with a sign between thousands.
func grouped(digits, between string) string {
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + between + digits[i:]
	}
	return sign + digits
}
