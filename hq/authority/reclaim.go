package authority

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// AccountRight is a right of an account.
type AccountRight struct {
	Holder books.Holder
	right  ledger.RightID
	unread error // why nobody can read which it is
}

// ReadPast returns open rights past their last instant of spending that nobody asked
// for yet, at most so many behind the first of them.
func ReadPast(tx *database.Tx, now ledger.Millis, most, behind int) ([]AccountRight, error) {
	return readAccountRights(tx, `
		SELECT r.account, r.right_id
		FROM account_right r
		LEFT JOIN recall c ON c.account = r.account AND c.right_id = r.right_id
		WHERE r.state = 'open' AND r.spend_until_ms < $1 AND c.right_id IS NULL
		ORDER BY r.account, r.right_id
		LIMIT $2 OFFSET $3`, now, most, behind)
}

// ReadDue returns open rights that nobody answered for within the grace, at most so many
// behind the first of them.
func ReadDue(tx *database.Tx, now ledger.Millis, most, behind int) ([]AccountRight, error) {
	return readAccountRights(tx, `
		SELECT account, right_id
		FROM account_right
		WHERE state = 'open' AND reclaim_at_ms <= $1
		ORDER BY account, right_id
		LIMIT $2 OFFSET $3`, now, most, behind)
}

func readAccountRights(tx *database.Tx, query string, args ...any) ([]AccountRight, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read rights due: %w", err)
	}
	defer rows.Close()
	var due []AccountRight
	for rows.Next() {
		var r AccountRight
		if r.unread = rows.Scan(&r.Holder, &r.right); database.EndsAll(r.unread) {
			return nil, fmt.Errorf("read rights due: %w", r.unread)
		}
		due = append(due, r)
	}
	return due, rows.Err()
}

// String names the right.
func (r AccountRight) String() string { return r.right.String() }

// Recall asks for it through the feed.
func (r AccountRight) Recall(tx *database.Tx) error {
	if r.unread != nil {
		return fmt.Errorf("read right due: %w", r.unread)
	}
	return posting.Recall(tx, r.Holder, []*books.Right{{Right: ledger.Right{ID: r.right}}})
}

// Reclaim ends it unproven, by an entry, into its lots. Where something is taken back
// it returns what is to be told of that.
func (r AccountRight) Reclaim(tx *database.Tx, k keyring.Ring, now ledger.Millis) (unproven *event.Event, err error) {
	if r.unread != nil {
		return nil, fmt.Errorf("read right due: %w", r.unread)
	}
	b, err := records.OpenBooks(tx, r.Holder)
	if err != nil {
		return nil, err
	}
	stands, err := b.Right(r.right)
	if err != nil || stands == nil || stands.State != books.RightOpen {
		return nil, err
	}
	if rest := stands.Rest(); rest > 0 {
		unproven = &event.Event{What: event.Unproven, Terminal: stands.Terminal, Account: string(r.Holder), Right: stands.ID, Amount: rest}
	}
	e, d, err := b.Reclaiming(stands, now)
	if err != nil {
		return nil, err
	}
	return unproven, posting.FoldOwn(tx, k, b, e, d, now)
}
