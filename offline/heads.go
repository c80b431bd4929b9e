package offline

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// minHeadDigits is how much of a head's hash must be given: too much for two
// entries to share.
const minHeadDigits = 16

// ErrNoSuchHead says that no entry's place has a hash, ErrHeadText that what
// was typed is none.
var (
	ErrNoSuchHead = errors.New("no entry of this journal has that head")
	ErrHeadText   = errors.New("write 16 to 64 hexadecimal digits, an even number, as on the paper")
)

// FindHead gives the entry at which the chain had a head: its hash, or the
// first 16 or more of its hexadecimal digits, spaces between them allowed. That
// nothing was changed up to there is for Verify to say. It reads the whole
// journal.
func (v *View) FindHead(ctx context.Context, typed string) (head ledger.Head, day ledger.Date, err error) {
	digits := strings.ToLower(strings.Join(strings.Fields(typed), ""))
	prefix, err := hex.DecodeString(digits)
	if err != nil || len(digits) < minHeadDigits || len(prefix) > len(head.Hash) {
		return head, "", fmt.Errorf("read head %q: %w", typed, ErrHeadText)
	}
	err = v.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		l, err := readLineage(tx)
		if err != nil {
			return err
		}
		var n int64
		err = tx.QueryRow(`
			SELECT n, hash, coalesce((SELECT business_day_date FROM day_run d WHERE d.n <= j.n ORDER BY d.n DESC LIMIT 1), '')
			FROM journal j
			WHERE substr(hash, 1, ?) = ?`, len(prefix), prefix).Scan(&n, &head.Hash, &day)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoSuchHead
		}
		if err != nil {
			return err
		}
		at := l.place(v.opts.Terminal, n)
		head.Epoch, head.Branch, head.Seq = at.Epoch, at.Branch, at.Seq
		return nil
	})
	if err != nil {
		return ledger.Head{}, "", fmt.Errorf("find head: %w", err)
	}
	return head, day, nil
}
