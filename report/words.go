package report

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// words are the texts of a day's paper; what fills one stands beside it. Tables are
// written in English, of the same words.
type words struct {
	day   string
	until string // when it was made
	// ofStore is of how many tills, as of when
	ofStore string

	sales, members, unknown, rewards, returns, voids, net string

	donations, access   string // to whom, by which reward
	giftCards, cash     string
	enrolled, unclaimed string

	of                                     string // a unit, its program
	vouchers, vouchersGiven, vouchersUsed  string // reward
	earned, redeemed, takenBack, givenBack string // unit or vouchers
	handGiven, handTaken                   string // likewise
	otherReasons, operator                 string
	entries, entriesFrom                   string // how many, epoch and number of first and last
	summedUp, summedUpAt                   string // when
	written, receipts, fromTo              string // first and last
	unreadable, inNoSum                    string // how many
	nothing, emptyJournal, head, check     string
}

// teller tells a report in a language.
type teller struct {
	*words
	language loyalty.Language
	amounts  loyalty.Amounts
}

func (d Day) tells(in loyalty.Language) teller { return teller{&catalogs[in], in, d.amounts.In(in)} }

func (t teller) money(in ledger.Currency, amount ledger.Minor) string {
	return t.language.Money(in, amount) + " " + t.language.Currency(in)
}
