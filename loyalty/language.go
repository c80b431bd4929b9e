package loyalty

import (
	"fmt"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Language is the one that members are spoken to in, on displays and on paper. It
// knows how amounts and days are written; each text is in the catalog of the package
// that says it. The zero value is English.
type Language uint8

// The languages.
const (
	English Language = iota
	Turkish
)

// tongue is how amounts and days are written in a language.
type tongue struct {
	code      string // BCP 47
	thousands string // between thousands
	money     string // the same in amounts of money; empty where displays and papers write them without
	decimals  string // before the decimals of money
	part      string // money, of a unit that is not the only one: both fill it

	voucher, vouchers string
	units             map[ledger.Unit]string     // what those are called that many programs have
	currencies        map[ledger.Currency]string // that are called otherwise than by their code
	months            [12]string

	day, dayOfYear, instant, recent string // layouts of package time
}

var tongues = [...]tongue{
	English: {
		code: "en", thousands: ",", decimals: ".", part: "%s of %s",
		voucher: "voucher", vouchers: "vouchers",
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		day:    time.DateOnly, dayOfYear: "01-02", instant: "2006-01-02 15:04", recent: "01-02 15:04",
	},
	Turkish: {
		code: "tr", thousands: ".", money: ".", decimals: ",", part: "%s (%s)",
		voucher: "kupon", vouchers: "kupon",
		units:      map[ledger.Unit]string{"point": "puan", "points": "puan", "star": "yıldız", "stars": "yıldız"},
		currencies: map[ledger.Currency]string{"TRY": "TL"},
		months:     [12]string{"Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık"},
		day:        "02.01.2006", dayOfYear: "02.01", instant: "02.01.2006 15:04", recent: "02.01 15:04",
	},
}

// LanguageCodes are what configurations call the languages.
func LanguageCodes() []string {
	codes := make([]string, len(tongues))
	for l := range tongues {
		codes[l] = tongues[l].code
	}
	return codes
}

// ParseLanguage reads what a configuration calls a language.
func ParseLanguage(code string) (Language, error) {
	for l := range tongues {
		if tongues[l].code == code {
			return Language(l), nil
		}
	}
	return English, fmt.Errorf("no language %q: one of %s", code, strings.Join(LanguageCodes(), ", "))
}

// String is the language's BCP 47 tag.
func (l Language) String() string { return tongues[l].code }

// Money writes an amount without its currency: "1234.56", "1.234,56".
func (l Language) Money(in ledger.Currency, amount ledger.Minor) string {
	if tongues[l].money == "" {
		return in.Format(amount)
	}
	return l.Grouped(in, amount)
}

// Grouped is Money with its thousands apart in each language, for whoever has the
// room: "1,234.56", "1.234,56".
func (l Language) Grouped(in ledger.Currency, amount ledger.Minor) string {
	t := &tongues[l]
	whole, decimals, some := strings.Cut(in.Format(amount), ".")
	if whole = grouped(whole, t.thousands); !some {
		return whole
	}
	return whole + t.decimals + decimals
}

// Currency is what people call one: "TRY", "TL".
func (l Language) Currency(c ledger.Currency) string {
	if called, ok := tongues[l].currencies[c]; ok {
		return called
	}
	return string(c)
}

// DateWords writes a date as people do: "3 March 2026". What is no date stays as it is.
func (l Language) DateWords(day ledger.Date) string {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return string(day)
	}
	return fmt.Sprintf("%d %s %d", at.Day(), tongues[l].months[at.Month()-1], at.Year())
}

// Date writes a date in figures: "2026-03-03". What is no date stays as it is.
func (l Language) Date(day ledger.Date) string { return l.date(day, tongues[l].day) }

// DayOfYear is Date without the year.
func (l Language) DayOfYear(day ledger.Date) string { return l.date(day, tongues[l].dayOfYear) }

func (l Language) date(day ledger.Date, layout string) string {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return string(day)
	}
	return at.Format(layout)
}

// ShortDay writes a day in six cells: "3 Mar".
func (l Language) ShortDay(at time.Time) string {
	month := []rune(tongues[l].months[at.Month()-1])
	return fmt.Sprintf("%d %s", at.Day(), string(month[:3]))
}

// Instant writes a day and a time, in the zone it has: "2026-03-03 14:05".
func (l Language) Instant(at time.Time) string { return at.Format(tongues[l].instant) }

// Recent is Instant without the year.
func (l Language) Recent(at time.Time) string { return at.Format(tongues[l].recent) }

// Clock writes a time: "14:05".
func (l Language) Clock(at time.Time) string { return at.Format("15:04") }
