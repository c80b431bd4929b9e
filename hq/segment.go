package hq

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A segment is a group of members that conditions ask for by its name: of persons,
// whatever account they are in. Each change is an entry of headquarters' own in the
// ledger of the account that she is in; the table beside it is what those add up to.
// She keeps her segments where she leaves a household, and what ends one stands in
// the ledger in which it began.

// SegmentChange puts members in a segment, or takes them out of it.
type SegmentChange struct {
	ledger.Segmenting
	Operator string // who does it
	// Try says that nothing is to be written.
	Try bool
}

// Segmented says what a change came to.
type Segmented struct {
	Changed   int // members
	Unchanged int // they were in it, or out of it, before
	// Problems are why nothing was written, ErrNotFound, ErrWhichMember or
	// ErrManySegments, by the place of whom they are about.
	Problems map[int]error
}

// ErrManySegments says that a member is in as many segments as she may be.
var ErrManySegments = fmt.Errorf("she is in %d segments, and may not be in more", ledger.MaxSegments)

// Segment changes who is in a segment: all that are named, or, where there is a
// problem with any, nobody. The same change again changes nothing.
func (h *Headquarters) Segment(ctx context.Context, change SegmentChange, members []Whom) (done Segmented, err error) {
	if err := ledger.CheckSegment(change.Segment); err != nil {
		return done, err
	}
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return done, err
	}
	defer end()
	err = h.update(ctx, func(tx *database.Tx) error {
		done = Segmented{Problems: map[int]error{}}
		for i, whom := range members {
			err := h.segmentOne(tx, whom, change, &done)
			if errors.Is(err, records.ErrNotFound) || errors.Is(err, ErrWhichMember) || errors.Is(err, ErrManySegments) {
				done.Problems[i], err = err, nil
			}
			if err != nil {
				return err
			}
		}
		if change.Try || len(done.Problems) > 0 {
			return errTried
		}
		return nil
	})
	if err != nil && !errors.Is(err, errTried) {
		return Segmented{}, fmt.Errorf("segment %s: %w", change.Segment, err)
	}
	h.intake.raise() // stores are to be told
	return done, nil
}

// errTried undoes what was only tried.
var errTried = errors.New("nothing is to be written")

// segmentOne changes one member's segments and counts it.
func (h *Headquarters) segmentOne(tx *database.Tx, whom Whom, change SegmentChange, done *Segmented) error {
	member, of, err := findWhom(tx, h.keys, whom)
	if err != nil {
		return err
	}
	began, err := records.SegmentsIn(tx, member)
	if err != nil {
		return err
	}
	at, in := began[change.Segment]
	switch {
	case in != change.Out:
		done.Unchanged++
		return nil
	case !in && len(began) >= ledger.MaxSegments:
		return ErrManySegments
	case !in:
		at = of
	}
	done.Changed++
	if err := posting.MoveSegment(tx, h.keys, member, at, change.Segmenting, change.Operator, ledger.MillisOf(h.now())); err != nil || at == of {
		return err
	}
	return posting.Touch(tx, of) // stores know her by the account that she is in now
}
