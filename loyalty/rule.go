package loyalty

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// rule says what an event gives, and when.
type rule struct {
	id       string
	on       string // "sale", or the name of an activity
	each     each
	when     *condition.Condition // nil: always
	eligible *condition.Condition // which lines count; the program's unless the rule has its own
	from     ledger.Date          // first day; empty for always
	until    ledger.Date          // first day no longer; empty for never
	limits   []string             // in order of name
	referrer bool                 // to the referrer instead of the member
	of       base
	step     int64 // of the base: only whole steps count; 1 where all of it does
	gives    []give
	issue    string // a reward's id: as a voucher
	statuses []statusFor
	stopped  bool // by headquarters, after it was published
}

// each is what a rule looks at one by one.
type each string

const (
	eachBasket each = "basket"
	eachLine   each = "line"
	eachTender each = "tender"
)

// base is what a rate is a rate of.
type base string

const (
	ofNet      base = "net"
	ofGross    base = "gross"
	ofQuantity base = "quantity"
)

// give is what a rule gives of one unit.
type give struct {
	unit  int           // into the program's units
	rate  Rate          // of the base; zero where fixed
	fixed ledger.Points // once per event; zero where there is a rate
}

// statusFor grants a status for a period.
type statusFor struct {
	status string
	period period
}

// inForce reports whether the rule's dates include a day.
func (r *rule) inForce(day ledger.Date) bool {
	return day >= r.from && (r.until == "" || day < r.until)
}

// dates says when the rule holds.
func (r *rule) dates() string {
	switch {
	case r.until == "":
		return "from " + string(r.from)
	case r.from == "":
		return "until " + string(r.until)
	}
	return "from " + string(r.from) + " until " + string(r.until)
}
