package condition

import "github.com/loyaltyd/loyaltyd/ledger"

// Facts are what a condition is asked about. It only reads them, and several
// conditions may read one at a time. A part that is not there reads as empty:
// "", 0 or a list of nothing.
type Facts struct {
	Basket   *Basket
	Line     *ledger.Line
	Tender   *ledger.Tender
	Member   *Member
	Referrer *Member
	Event    *Event
	Now      *Now
	Store    string
}

// Basket is the sale as a whole. Amounts are minor units.
type Basket struct {
	Net         ledger.Minor
	Gross       ledger.Minor
	Lines       []ledger.Line
	Tenders     []ledger.Tender
	Departments []string
	Partner     string
}

// Member is who earns, or who brought them, before the event.
type Member struct {
	Tier       string
	Statuses   []string
	Segments   []string
	BirthMonth int // 1 to 12, 0 unknown
	Joined     Day
	Days       int64 // since joining
	Visits     int64
	Referrals  int64
}

// Day is a civil date of the store.
type Day struct{ Year, Month, Day int }

// Event is what happened: a sale, or an activity by its name.
type Event struct {
	On    string
	Name  string
	Ref   string
	Value int64
}

// Now is the store's civil time.
type Now struct {
	Year    int
	Month   int
	Day     int
	Weekday int // Monday 1 to Sunday 7
	Hour    int // 0 to 23
}
