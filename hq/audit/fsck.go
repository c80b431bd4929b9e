package audit

import (
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// Checked is what Fsck looked at and found.
type Checked struct {
	Rows    int `json:"rows"`    // of ledgers
	Decided int `json:"decided"` // of them again
	// Earlier were decided by another version of the rules than this release's, and
	// Opaque are of a kind, or about a person, that cannot be read any more.
	Earlier int `json:"earlier_rules"`
	Opaque  int `json:"opaque"`
	// What is on its way: came in and is not projected, waits in quarantine or for
	// its sale, left one account and is not at the other, and waits for whoever has
	// a friend's code.
	Entries     int       `json:"entries"`
	Unprojected int       `json:"unprojected"`
	Quarantined int       `json:"quarantined"`
	Parked      int       `json:"parked"`
	Underway    int       `json:"transfers_under_way"`
	Referrals   int       `json:"referrals_waiting"`
	Findings    []Finding `json:"findings"`
}

// Fsck does what verify does and decides every ledger row again, under the program
// version that its entry names, from what the rows before it add up to: so what
// depends on when headquarters heard of something is what it was. It pairs what
// left ledgers with what arrived, and claims with what they were taken for. It
// changes nothing.
func (a *Auditor) Fsck(tx *database.Tx) (done Checked, err error) {
	a.begin(tx)
	defer func() { done.Findings = append([]Finding{}, a.Told()...) }()
	if a.again, err = newAgain(a); err != nil {
		return done, err
	}
	for _, look := range []func() error{a.all, a.again.paired, a.again.claimed} {
		if err := look(); err != nil {
			return done, err
		}
	}
	a.End()
	done = a.again.Checked
	return done, done.count(tx)
}

// count counts what is on its way.
func (c *Checked) count(tx *database.Tx) error {
	for _, of := range []struct {
		query string
		to    *int
	}{
		{`SELECT count(*) FROM intake`, &c.Entries},
		{records.CountUnprojected, &c.Unprojected},
		{`SELECT count(*) FROM quarantine`, &c.Quarantined},
		{records.CountParked, &c.Parked},
		{`SELECT (SELECT count(*) FROM handover) + (SELECT count(*) FROM leaving)`, &c.Underway},
		{`SELECT count(*) FROM referral`, &c.Referrals},
	} {
		if err := tx.QueryRow(of.query).Scan(of.to); err != nil {
			return err
		}
	}
	return nil
}

// again decides the rows of ledgers again, one ledger after the other.
type again struct {
	Checked
	*Auditor
	catalog  publication.Catalog
	versions map[int]*publication.Programs // by how many were published
	pairs    pairs
	// next are the rows that have to follow in this ledger, by what they are decided
	// again with.
	next []func(*books.Books) (*books.Decision, error)
	// after is the row just decided, where limits may ask for others behind it.
	after *books.Limited
	whose whose
}

func newAgain(a *Auditor) (*again, error) {
	c, err := publication.ReadCatalog(a.tx)
	if err != nil {
		return nil, err
	}
	for _, unreadable := range c.Load() {
		a.find("programs", "a version cannot be read by this release: %v", unreadable)
	}
	return &again{Auditor: a, catalog: c, versions: map[int]*publication.Programs{}, pairs: newPairs()}, nil
}
