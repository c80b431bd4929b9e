package hq

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// enterErasures writes the entries of erasures into the ledgers of their accounts, and
// returns how many. What ends her segments stands where they began; what tills hold of
// an account that is nobody's is called back.
func (h *Headquarters) enterErasures(ctx context.Context) (int, error) {
	var due []erasure
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		due, err = readErasures(tx, `SELECT `+erasureColumns+` FROM erasure WHERE entered = 0 ORDER BY member LIMIT $1`, chunk)
		return err
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	err = h.update(ctx, func(tx *database.Tx) error {
		for _, x := range due {
			if err := h.enterErasure(tx, &x); err != nil {
				return fmt.Errorf("enter erasure in %s: %w", x.Account, err)
			}
		}
		return nil
	})
	return len(due), err
}

func (h *Headquarters) enterErasure(tx *database.Tx, x *erasure) error {
	if err := h.leaveSegments(tx, x); err != nil {
		return err
	}
	at, err := records.Survivor(tx, x.Account)
	if err != nil {
		return err
	}
	if stands, err := records.HasEntry(tx, at, x.Entry); err != nil || !stands {
		if err == nil {
			err = h.enterErase(tx, x, at)
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
			err = recall(tx, at, rights)
		}
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec(`UPDATE erasure SET entered = 1 WHERE member = $1`, x.Member)
	return err
}

func (h *Headquarters) enterErase(tx *database.Tx, x *erasure, at books.Holder) error {
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
	return h.enterOwn(tx, b, e, new(books.Decision), x.At)
}

// leaveSegments takes an erased member out of all segments.
func (h *Headquarters) leaveSegments(tx *database.Tx, x *erasure) error {
	began, err := records.SegmentsIn(tx, x.Member)
	if err != nil {
		return err
	}
	for _, segment := range slices.Sorted(maps.Keys(began)) {
		change := SegmentChange{Segmenting: ledger.Segmenting{Segment: segment, Out: true, Reason: "erased"}, Operator: x.Operator}
		if err := h.moveSegment(tx, x.Member, began[segment], change); err != nil {
			return err
		}
	}
	return nil
}

// endUnits ends what accounts have that are nobody's: at the erasure, and whatever
// tills give back or tell later. It returns in how many there was something. As long
// as a restored headquarters waits, rights may be wanted of it.
func (h *Headquarters) endUnits(ctx context.Context) (int, error) {
	if waits, err := h.waiting(ctx); err != nil || waits {
		return 0, err
	}
	var some []books.Holder
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		some, err = records.ReadHolders(tx, `
			SELECT d.account
			FROM authority_dirty d
			WHERE EXISTS (SELECT 1 FROM erasure x WHERE x.account = d.account AND x.alone = 1)
			  AND EXISTS (SELECT 1 FROM balance b WHERE b.account = d.account AND b.available + b.pending > 0)
			ORDER BY d.account
			LIMIT $1`, chunk)
		return err
	})
	if err != nil || len(some) == 0 {
		return 0, err
	}
	ended := 0
	err = h.update(ctx, func(tx *database.Tx) error {
		ended = 0
		for _, of := range some {
			did, err := h.endUnitsOf(tx, of)
			if err != nil {
				return fmt.Errorf("end what %s has: %w", of, err)
			}
			ended += did
		}
		return nil
	})
	return ended, err
}

func (h *Headquarters) endUnitsOf(tx *database.Tx, of books.Holder) (ended int, err error) {
	if nobodys, err := records.IsNobodys(tx, of); err != nil || !nobodys {
		return 0, err
	}
	if wanted, err := hasClaims(tx, of); err != nil || wanted {
		return 0, err // making them marks the account again
	}
	programs, err := programsOf(tx, of)
	if err != nil {
		return 0, err
	}
	for _, program := range programs {
		did, err := h.endUnder(tx, of, program)
		if err != nil {
			return 0, fmt.Errorf("program %s: %w", program, err)
		}
		ended += did
	}
	return ended, nil
}

// endUnder ends all that an account has under a program.
func (h *Headquarters) endUnder(tx *database.Tx, of books.Holder, program string) (ended int, err error) {
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return 0, err
	}
	m := loyalty.Moment{At: ledger.MillisOf(h.now())}
	if m.Zone, err = records.ZoneOfLane(tx, b, program); err != nil {
		return 0, err
	}
	by := h.programOf(&ledger.ProgramRef{ID: program}, "", m.At, m.Zone)
	e, d, err := b.Ending(by, program, m)
	if err != nil || e == nil {
		return 0, err
	}
	return 1, h.enterOwn(tx, b, e, d, m.At)
}
