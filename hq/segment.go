package hq

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A segment is a group of members that conditions ask for by its name. Each
// change is an entry of headquarters' own in the member's ledger; the table
// beside it is what those add up to.

// Whom names a member in one of these ways.
type Whom struct {
	Account ledger.AccountID
	Phone   string // E.164
	Card    string // its number
}

// String masks itself.
func (Whom) String() string { return "***" }

// GoString masks itself.
func (Whom) GoString() string { return "***" }

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
	// Problems are why nothing was written, ErrNotFound or ErrManySegments, by the
	// place of whom they are about.
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
	h.round.Lock()
	defer h.round.Unlock()
	err = h.update(ctx, func(tx *sqlitedb.Tx) error {
		done = Segmented{Problems: map[int]error{}}
		for i, whom := range members {
			err := h.segmentOne(tx, whom, change, &done)
			if errors.Is(err, ErrNotFound) || errors.Is(err, ErrManySegments) {
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

// findsWhom returns the ledger of a member who is named, or ErrNotFound.
func (k keyring) findsWhom(tx *sqlitedb.Tx, whom Whom) (of holder, err error) {
	switch {
	case whom.Phone != "":
		of, err = k.finds(tx, k.blind(ledger.PhoneIdentifier, whom.Phone), whom.Phone)
	case whom.Card != "":
		of, err = claimant(tx, k.blind(ledger.CardIdentifier, whom.Card))
	default:
		of = holderOf(whom.Account)
	}
	if err != nil {
		return "", err
	}
	if of, err = survivor(tx, of); err != nil {
		return "", err
	}
	var known bool
	if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM account WHERE account = $1)`, of).Scan(&known); err != nil {
		return "", fmt.Errorf("look up account: %w", err)
	}
	if _, isAccount := of.account(); !isAccount || !known {
		return "", ErrNotFound
	}
	return of, nil
}

// segmentOne changes one member's segments and counts it.
func (h *Headquarters) segmentOne(tx *sqlitedb.Tx, whom Whom, change SegmentChange, done *Segmented) error {
	of, err := h.keys.findsWhom(tx, whom)
	if err != nil {
		return err
	}
	have, err := segmentsOf(tx, of)
	if err != nil {
		return err
	}
	switch in := slices.Contains(have, change.Segment); {
	case in != change.Out:
		done.Unchanged++
		return nil
	case !change.Out && len(have) >= ledger.MaxSegments:
		return ErrManySegments
	}
	done.Changed++
	b, err := openBooks(tx, of)
	if err != nil {
		return err
	}
	now := ledger.MillisOf(h.now())
	e := &ledger.Entry{
		V: ledger.Version, ID: ledger.EntryID(ownID("segment", string(of), change.Segment, fmt.Sprint(b.n))), Kind: ledger.Segment, At: now, Operator: change.Operator,
		Subject: ledger.Subject(of), Segmenting: &change.Segmenting,
	}
	d := &decision{Segment: &segmentMove{change.Segment, change.Out}}
	b.segment(d, b.n+1)
	return h.enterOwn(tx, b, e, d, now)
}

// segmentMove is what a decision does to who is in a segment.
type segmentMove struct {
	Segment string `json:"segment"`
	Out     bool   `json:"out,omitempty"`
}

// segment notes by which row a member came into a segment; 0 that she left it.
func (b *books) segment(d *decision, n uint64) {
	if d.Segment == nil {
		return
	}
	if d.Segment.Out {
		n = 0
	}
	b.segments[d.Segment.Segment] = n
}

// saveSegments writes what changed of the segments a member is in.
func (b *books) saveSegments(tx *sqlitedb.Tx) error {
	for segment, n := range b.segments {
		query, args := `DELETE FROM member_segment WHERE account = $1 AND segment = $2`, []any{b.holder, segment}
		if n > 0 {
			query, args = `INSERT INTO member_segment (account, segment, n) VALUES ($1, $2, $3)`, append(args, n)
		}
		if _, err := tx.Exec(query, args...); err != nil {
			return fmt.Errorf("save segment: %w", err)
		}
	}
	clear(b.segments)
	return nil
}

// segmentsOf are those a member is in, in order.
func segmentsOf(tx *sqlitedb.Tx, of holder) (segments []string, err error) {
	rows, err := tx.Query(`SELECT segment FROM member_segment WHERE account = $1 ORDER BY segment`, of)
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var segment string
		if err := rows.Scan(&segment); err != nil {
			return nil, fmt.Errorf("read segments: %w", err)
		}
		segments = append(segments, segment)
	}
	return segments, rows.Err()
}
