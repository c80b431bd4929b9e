package hq

import (
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// segmentMove is what a decision does to who is in a segment.
type segmentMove struct {
	Member  holder `json:"member"`
	Segment string `json:"segment"`
	Out     bool   `json:"out,omitempty"`
}

// inSegment is a member in a segment.
type inSegment struct {
	member  holder
	segment string
}

// segment notes by which row a member came into a segment; 0 that she left it.
func (b *books) segment(d *decision, n uint64) {
	if d.Segment == nil {
		return
	}
	if d.Segment.Out {
		n = 0
	}
	b.segments[inSegment{d.Segment.Member, d.Segment.Segment}] = n
}

// saveSegments writes what changed of the segments that members are in.
func (b *books) saveSegments(tx *database.Tx) error {
	for in, n := range b.segments {
		query, args := `DELETE FROM member_segment WHERE member = $1 AND segment = $2`, []any{in.member, in.segment}
		if n > 0 {
			query = `INSERT INTO member_segment (member, segment, account, n) VALUES ($1, $2, $3, $4)`
			args = append(args, b.holder, n)
		}
		if _, err := tx.Exec(query, args...); err != nil {
			return fmt.Errorf("save segment: %w", err)
		}
	}
	clear(b.segments)
	return nil
}

// segmentsOf are those a member is in, in order.
func segmentsOf(tx *database.Tx, member holder) ([]string, error) {
	began, err := segmentsIn(tx, member)
	return slices.Sorted(maps.Keys(began)), err
}

// segmentsIn are those a member is in, and in whose ledger each began.
func segmentsIn(tx *database.Tx, member holder) (map[string]holder, error) {
	rows, err := tx.Query(`SELECT segment, account FROM member_segment WHERE member = $1`, member)
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	defer rows.Close()
	began := map[string]holder{}
	for rows.Next() {
		var segment string
		var at holder
		if err := rows.Scan(&segment, &at); err != nil {
			return nil, fmt.Errorf("read segments: %w", err)
		}
		began[segment] = at
	}
	return began, rows.Err()
}
