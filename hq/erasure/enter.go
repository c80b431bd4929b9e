package erasure

import (
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Enter writes the entry of an erasure into the ledger of her account. What ends her
// segments stands where they began; what tills hold of an account that is nobody's is
// called back. Again it changes nothing.
func (x *Erasure) Enter(tx *database.Tx, k keyring.Ring, now ledger.Millis) error {
	if err := x.leaveSegments(tx, k, now); err != nil {
		return err
	}
	at, err := records.Survivor(tx, x.Account)
	if err != nil {
		return err
	}
	if stands, err := records.HasEntry(tx, at, x.Entry); err != nil || !stands {
		if err == nil {
			err = x.enterAt(tx, k, at)
		}
		if err != nil {
			return err
		}
	}
	nobodys, err := records.IsNobodys(tx, at)
	if err != nil {
		return err
	}
	if nobodys {
		rights, err := records.ReadOpenRights(tx, at)
		if err == nil {
			err = posting.Recall(tx, at, rights)
		}
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec(`UPDATE erasure SET entered = 1 WHERE member = $1`, x.Member)
	return err
}

func (x *Erasure) enterAt(tx *database.Tx, k keyring.Ring, at books.Holder) error {
	b, err := records.OpenBooks(tx, at)
	if err != nil {
		return err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: x.Entry, Kind: ledger.Erase, At: x.At, Operator: x.Operator, Subject: ledger.Subject(at),
		Erase: &ledger.Erasing{Reason: x.Reason},
	}
	if x.Member != at {
		e.Member = x.Member.Member()
	}
	return posting.EnterOwn(tx, k, b, e, new(books.Decision), x.At)
}

// leaveSegments takes her out of all segments.
func (x *Erasure) leaveSegments(tx *database.Tx, k keyring.Ring, now ledger.Millis) error {
	began, err := records.SegmentsIn(tx, x.Member)
	if err != nil {
		return err
	}
	for _, segment := range slices.Sorted(maps.Keys(began)) {
		change := ledger.Segmenting{Segment: segment, Out: true, Reason: "erased"}
		if err := posting.MoveSegment(tx, k, x.Member, began[segment], change, x.Operator, now); err != nil {
			return err
		}
	}
	return nil
}

// ReadEnding returns accounts of erased members that changed and have units, at most so
// many behind the first of them.
func ReadEnding(tx *database.Tx, most, behind int) ([]books.Holder, error) {
	return records.ReadHolders(tx, `
		SELECT d.account
		FROM authority_dirty d
		WHERE EXISTS (SELECT 1 FROM erasure x WHERE x.account = d.account AND x.alone = 1)
		  AND EXISTS (SELECT 1 FROM balance b WHERE b.account = d.account AND b.available + b.pending > 0)
		ORDER BY d.account
		LIMIT $1 OFFSET $2`, most, behind)
}

// Ender ends what accounts have that are nobody's.
type Ender struct {
	Keys     keyring.Ring
	Programs *publication.Programs
	Now      ledger.Millis
}

// End ends what an account has that is nobody's: at the erasure, and whatever tills give
// back or tell later. It reports whether there was something.
func (n Ender) End(tx *database.Tx, of books.Holder) (ended bool, err error) {
	if nobodys, err := records.IsNobodys(tx, of); err != nil || !nobodys {
		return false, err
	}
	if wanted, err := records.HasHandedBack(tx, of); err != nil || wanted {
		return false, err // making them marks the account again
	}
	programs, err := records.ProgramsOf(tx, of)
	if err != nil {
		return false, err
	}
	for _, program := range programs {
		did, err := n.endUnder(tx, of, program)
		if err != nil {
			return false, fmt.Errorf("program %s: %w", program, err)
		}
		ended = ended || did
	}
	return ended, nil
}

// endUnder ends all that an account has under a program.
func (n Ender) endUnder(tx *database.Tx, of books.Holder, program string) (ended bool, err error) {
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return false, err
	}
	m := loyalty.Moment{At: n.Now}
	if m.Zone, err = records.ZoneOfLane(tx, b, program); err != nil {
		return false, err
	}
	by := n.Programs.Named(&ledger.ProgramRef{ID: program}, "", m.At, m.Zone)
	e, d, err := b.Ending(by, program, m)
	if err != nil || e == nil {
		return false, err
	}
	return true, posting.EnterOwn(tx, n.Keys, b, e, d, m.At)
}
