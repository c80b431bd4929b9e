package hq

import (
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
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

// segmentsOf are those a member is in, in order.
func segmentsOf(tx *database.Tx, member books.Holder) ([]string, error) {
	began, err := segmentsIn(tx, member)
	return slices.Sorted(maps.Keys(began)), err
}

// segmentsIn are those a member is in, and in whose ledger each began.
func segmentsIn(tx *database.Tx, member books.Holder) (map[string]books.Holder, error) {
	rows, err := tx.Query(`SELECT segment, account FROM member_segment WHERE member = $1`, member)
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	defer rows.Close()
	began := map[string]books.Holder{}
	for rows.Next() {
		var segment string
		var at books.Holder
		if err := rows.Scan(&segment, &at); err != nil {
			return nil, fmt.Errorf("read segments: %w", err)
		}
		began[segment] = at
	}
	return began, rows.Err()
}
