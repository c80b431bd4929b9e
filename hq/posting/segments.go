package posting

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// saveSegments writes what changed of the segments that members are in.
func saveSegments(tx *database.Tx, b *books.Books) error {
	for in, n := range b.Segments {
		query, args := `DELETE FROM member_segment WHERE member = $1 AND segment = $2`, []any{in.Member, in.Segment}
		if n > 0 {
			query = `INSERT INTO member_segment (member, segment, account, n) VALUES ($1, $2, $3, $4)`
			args = append(args, b.Holder, n)
		}
		if _, err := tx.Exec(query, args...); err != nil {
			return fmt.Errorf("save segment: %w", err)
		}
	}
	clear(b.Segments)
	return nil
}

// MoveSegment writes a change of a member's segments in the ledger of an account.
func MoveSegment(tx *database.Tx, k keyring.Ring, member, at books.Holder, change ledger.Segmenting, operator string, now ledger.Millis) error {
	b, err := records.OpenBooks(tx, at)
	if err != nil {
		return err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: ledger.EntryID(books.OwnID("segment", string(at), change.Segment, fmt.Sprint(b.N))), Kind: ledger.Segment,
		At: now, Operator: operator, Subject: ledger.Subject(at), Member: member.Member(), Segmenting: &change,
	}
	d := &books.Decision{Segment: &books.SegmentMove{Member: member, Segment: change.Segment, Out: change.Out}}
	b.Segment(d, b.N+1)
	return EnterOwn(tx, k, b, e, d, now)
}
