package posting

import (
	"fmt"

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
