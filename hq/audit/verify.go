// Package audit looks a headquarters through: chains, signatures and sums (Verify),
// every decision once more (Fsck), and what is kept beside ledgers against what their
// rows add up to (CompareAll, Mend). It looks at one state of the database, in a
// transaction that is given.
package audit

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// maxFindings bounds what Verify tells: a broken disk breaks everything.
const maxFindings = 1000

// atOnce bounds how many rows are read by one statement.
const atOnce = 500

// Finding is something that does not add up, in words.
type Finding struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// String implements fmt.Stringer.
func (f Finding) String() string { return f.Where + ": " + f.What }

// Of is what a headquarters is looked through by.
type Of struct {
	Keys keyring.Ring
	// Programs are what was published; read anew where nobody serves by them.
	Programs *atomic.Pointer[publication.Programs]
	Now      func() time.Time
	// File is the name of SQLite's database; empty where PostgreSQL keeps it.
	File string
}

// Auditor collects findings over one state of the database.
type Auditor struct {
	Of
	tx       *database.Tx
	lanes    *records.Lanes
	beside   beside // the rows of ledgers that are looked at next
	found    []Finding
	finds    int                     // as many as there were, told or not
	underway map[ledger.EntryID]bool // what came in and is not projected yet
	transit  map[inTransit]ledger.Points
	progress func(done int)
	done     int
	again    *again // decides each row again; nil where nobody asks for it
}

func (a *Auditor) find(where, format string, args ...any) {
	if a.finds++; len(a.found) < maxFindings {
		a.found = append(a.found, Finding{where, fmt.Sprintf(format, args...)})
	}
}

// Told are the findings that are told, and how many more there were.
func (a *Auditor) Told() []Finding {
	more := a.finds - len(a.found)
	if more == 0 {
		return a.found
	}
	return append(a.found[:len(a.found):len(a.found)], Finding{"more", fmt.Sprintf("%d findings beside these %d", more, maxFindings)})
}

// step counts a row looked at.
func (a *Auditor) step() {
	if a.done++; a.done%1000 == 0 {
		a.progress(a.done)
	}
}

// New begins to look. progress is told the rows looked at, now and then and at
// the end; nil is nobody.
func New(of Of, progress func(done int)) *Auditor {
	if progress == nil {
		progress = func(int) {}
	}
	return &Auditor{Of: of, underway: map[ledger.EntryID]bool{}, transit: map[inTransit]ledger.Points{}, progress: progress}
}

// begin looks at what a transaction sees.
func (a *Auditor) begin(tx *database.Tx) { a.tx, a.lanes = tx, records.NewLanes(tx) }

// knowPrograms reads what was published, where nobody serves by this look.
func (a *Auditor) knowPrograms() error {
	if a.Programs.Load() != nil {
		return nil
	}
	c, err := publication.ReadCatalog(a.tx)
	if err != nil {
		return err
	}
	c.Load() // what cannot be read decides nothing
	a.Programs.Store(c.UpTo(math.MaxInt64))
	return nil
}

// Verify recomputes every chain from the bytes, checks every signature, folds every
// ledger and compares the sums, and looks for entries that nobody posted. It decides
// nothing again and changes nothing. No findings is a clean bill.
func (a *Auditor) Verify(tx *database.Tx) ([]Finding, error) {
	a.begin(tx)
	if err := a.all(); err != nil {
		return a.Told(), err
	}
	return a.End(), nil
}

// End tells how far it looked, and returns what was found.
func (a *Auditor) End() []Finding {
	a.progress(a.done)
	return a.Told()
}

// all looks at everything.
func (a *Auditor) all() error {
	if err := a.knowPrograms(); err != nil {
		return err
	}
	for _, look := range []func() error{a.pages, a.journals, a.ledgers, a.handovers, a.forwards, a.alone, a.households, a.people, a.feeds, a.days} {
		if err := look(); err != nil {
			return err
		}
	}
	return nil
}
