package offline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// goOnBuilding takes up what a process before this one read of a feed that it read from
// the beginning, once, before anything is asked or taken of the feed. Nothing is taken up
// where the directory stands that was built from it.
func (s *Store) goOnBuilding(ctx context.Context) error {
	if s.wentOn {
		return nil
	}
	of, err := s.spoolsOf()
	if err != nil {
		return fmt.Errorf("go on building directory: %w", err)
	}
	b, err := s.buildingBefore(ctx, of)
	if err != nil {
		return fmt.Errorf("go on building directory: %w", err)
	}
	if s.building, s.wentOn = b, true; b == nil {
		s.dropBuilding()
	}
	return nil
}

// buildingBefore reads what a process before this one left of a building; nil where that
// is of no use.
func (s *Store) buildingBefore(ctx context.Context, of ledger.Hash) (*building, error) {
	rows := openSpool(s.opts.Dir, of, s.opts.Now())
	if rows == nil {
		return nil, nil
	}
	b := newBuilding(rows, s.opts.Recall != nil)
	err := b.goOn(ctx)
	if err != nil || b.standsIn(s.cursor) || b.next.Position == 0 {
		b.close()
		return nil, ctx.Err()
	}
	b.heard = s.opts.Now()
	return b, nil
}

// standsIn reports whether all of it is in a directory up to a cursor. One that was built
// of it before its end is gone on from.
func (b *building) standsIn(directory ledger.Cursor) bool {
	if b.next.Incarnation != directory.Incarnation {
		return false
	}
	return directory.Position > b.next.Position || b.ended && directory == b.next
}

// answerIn is for how long a till waits for headquarters before it makes do with the members
// that it has read: after a power cut the line comes later than the till, and what
// is built then is built once more at the end.
const answerIn = 5 * time.Minute

// leaveBuilding lets go of what is built, for a later process.
func (s *Store) leaveBuilding() {
	if b := s.building; b != nil {
		_ = b.write(s.opts.Now()) // or it is asked for again
		b.close()
		s.building, s.wentOn = nil, false
	}
}

// goOn takes up all batches that stand whole, one behind the other.
func (b *building) goOn(ctx context.Context) error {
	for in := []byte(nil); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch, whole := b.rows.read(&in)
		if !whole || b.takeUp(batch) != nil {
			return b.rows.cut()
		}
		b.rows.keep(batch)
		b.ended = batch.next == b.next // nothing is in it
		b.next = batch.next
	}
}

// takeUp takes a batch in as its pages were: all of it, or nothing.
func (b *building) takeUp(batch spooled) (err error) {
	if b.order, err = split(batch.rows, b.order[:0]); err != nil {
		return err
	}
	noted, err := readNotes(batch.notes)
	if err != nil {
		return err
	}
	for _, r := range b.order {
		b.seen.before(r.account())
	}
	for i, c := range noted {
		b.addApart(&noted[i])
		if c.Account != nil || c.Forward != nil {
			b.comesLate(c)
			b.late = append(b.late, c)
		}
	}
	return nil
}

func readNotes(text []byte) (noted []ledger.Change, err error) {
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var c ledger.Change
		if err := d.Decode(&c); errors.Is(err, io.EOF) {
			return noted, nil
		} else if err != nil {
			return nil, err
		}
		noted = append(noted, c)
	}
}
