// Package scenario knows told stories about a program: who buys what on which
// day, and what she must have then. It runs them through the program's own
// evaluation and accounts, and says of each expectation that fails what there
// was and what was wanted.
//
// Files are read strictly. Where they lie, and how what failed is shown, is left
// to whoever runs them.
package scenario

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Scenario is one file: a story about members under a program.
type Scenario struct {
	File    string
	Program string // path as written, relative to the file
	// Then are the versions that follow it, each in force from its own day on.
	Then    []string
	Zone    *time.Location
	Members map[string]Member
	Steps   []Step
}

// Member is how a member is at the beginning.
type Member struct {
	BirthMonth int
	Segments   []string
	Joined     ledger.Date // empty: at her first step
	Referrals  int64
	Visits     int64
}

// Step is something that happens, or nothing but time, and what is true then.
type Step struct {
	Place
	At    ledger.Millis
	Proof ledger.Proof
	// One of these is set, or none.
	Sale     *Sale
	Offers   *Basket
	Return   *Return
	Void     *SaleRef
	Activity *Activity
	Confirm  *SaleRef

	Expect []Expectation
	// About is whose state is expected.
	About string
}

// Place is where something stands in its file, from 1.
type Place struct{ Line, Column int }

// Basket is what a member buys, or would.
type Basket struct {
	Member      string // empty for nobody
	Referrer    string
	Lines       []ledger.Line
	Tenders     []ledger.Tender
	Departments []string
	Partner     string
	Redeem      []loyalty.Redemption
}

// Sale is a basket bought.
type Sale struct {
	ID string
	Basket
}

// SaleRef names an earlier sale; Member is whom the step is about.
type SaleRef struct{ Sale, Member string }

// Return is what comes back of an earlier sale.
type Return struct {
	SaleRef
	loyalty.Wish
}

// Activity is something a member does that is no sale.
type Activity struct {
	loyalty.Activity
	Member, Referrer string
}

// Expectation is one thing that must be so after a step.
type Expectation struct {
	Place
	What  string // a key of expect, as in "available"
	Of    string // a unit or status, where there is one
	Want  string
	Lists []string // of lists
}
