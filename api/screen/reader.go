package screen

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// For are the screens as somebody reads them in a language of her own, which may be
// another than the till's: amounts are in it, with their thousands apart.
func (s *Screens) For(reader loyalty.Language) *Screens {
	read := *s
	read.reader = &reader
	return &read
}

// money writes an amount without its currency.
func (s *Screens) money(in ledger.Currency, amount ledger.Minor) string {
	if s.reader != nil {
		return s.reader.Grouped(in, amount)
	}
	return s.Till.Language.Money(in, amount)
}

// amounts writes amounts of a program's units.
func (s *Screens) amounts(p *loyalty.Program) loyalty.Amounts {
	if s.reader != nil {
		return p.Amounts().In(*s.reader).Grouped()
	}
	return s.Till.Amounts(p)
}
