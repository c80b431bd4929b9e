package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// newEntryID makes the ids of the entries that the store writes itself.
var newEntryID func() ledger.EntryID = ledger.NewID

// closing is why nothing of a right will be held again.
type closing string

const (
	closedPast     closing = "past"     // seen after spend_until
	closedReturned closing = "returned" // given back by right_return
	closedEnded    closing = "ended"    // headquarters has ended it
	closedEpoch    closing = "epoch"    // bound to a branch that is over
)

// AddRight keeps a right whose signature the caller checked. One that is known
// already, or bound to another terminal or branch, changes nothing.
func (s *Store) AddRight(ctx context.Context, grant ledger.SignedEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(ctx, func(p *pen) error { return p.addRight(grant) })
}

// errNoGrant says that what was told as a right cannot be read as one.
var errNoGrant = errors.New("not a right that this release can read")

func (p *pen) addRight(grant ledger.SignedEntry) error {
	e, err := ledger.Decode(grant.Body)
	if err != nil {
		return fmt.Errorf("add right: %w: %w", errNoGrant, err)
	}
	if e.Kind != ledger.Grant {
		return fmt.Errorf("add right: %w: entry %s is of kind %q", errNoGrant, e.ID, e.Kind)
	}
	if !p.mine(e.Right) {
		return nil
	}
	_, err = p.insertRight(e, grant)
	return err
}

// insertRight keeps a right as it was signed; false where it is known.
func (p *pen) insertRight(e *ledger.Entry, grant ledger.SignedEntry) (added bool, err error) {
	account, ok := e.Subject.Account()
	if !ok {
		return false, fmt.Errorf("add right: entry %s about %q grants nothing", e.ID, e.Subject)
	}
	r := e.Right
	holder, err := survivor(p.tx, account.String())
	if err != nil {
		return false, err
	}
	p.store.mentions.addText(holder)
	result, err := p.tx.Exec(`
		INSERT INTO rights (right_id, account, program, unit, amount, spend_until_ms, reclaim_at_ms, epoch, branch, body, signature)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`,
		r.ID, holder, r.Program, r.Unit, r.Amount, r.SpendUntil, r.ReclaimAt, r.Epoch, r.Branch,
		string(grant.Body), grant.Signature)
	if err != nil {
		return false, fmt.Errorf("add right: %w", err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// mine reports whether a right is bound to this terminal as it is now.
func (p *pen) mine(r *ledger.Right) bool {
	return r.Terminal == p.store.opts.Terminal && r.Epoch == p.head.Epoch && r.Branch == p.head.Branch
}

// changeRight does what the feed says of a right of this terminal. One that cannot be
// read, as of a release to come, holds up nothing that comes behind it: hello brings it
// again, and what is never spent here headquarters takes back.
func (p *pen) changeRight(r ledger.RightState) error {
	if r.Terminal != p.store.opts.Terminal {
		return nil
	}
	if r.Grant != nil {
		if err := p.addRight(*r.Grant); err != nil && !errors.Is(err, errNoGrant) {
			return err
		}
	}
	if r.Closed {
		return p.closeRight(r.Right, closedEnded)
	}
	if !r.Recall {
		return nil
	}
	_, err := p.tx.Exec(`UPDATE rights SET recalled = 1 WHERE right_id = ?`, r.Right)
	if err != nil {
		return fmt.Errorf("recall right: %w", err)
	}
	return p.giveBack(r.Right)
}

func (p *pen) closeRight(id ledger.RightID, why closing) error {
	_, err := p.tx.Exec(`UPDATE rights SET closed = ? WHERE right_id = ? AND closed IS NULL`, why, id)
	if err != nil {
		return fmt.Errorf("close right: %w", err)
	}
	return nil
}

// closePast closes for ever what is past its last instant of spending.
func (p *pen) closePast(at ledger.Millis) error {
	_, err := p.tx.Exec(`UPDATE rights SET closed = ? WHERE closed IS NULL AND spend_until_ms < ?`, closedPast, at)
	if err != nil {
		return fmt.Errorf("close rights: %w", err)
	}
	return nil
}

// giveBack answers a recall once nothing of the right is held: an entry says
// what was left, and the right is closed here for ever. Until then it does
// nothing.
func (p *pen) giveBack(id ledger.RightID) error {
	var account ledger.AccountID
	var unit ledger.Unit
	var rest ledger.Points
	err := p.tx.QueryRow(`
		SELECT account, unit, amount - spent - returned
		FROM rights
		WHERE right_id = ? AND recalled = 1 AND held = 0 AND epoch = ?
			AND (closed IS NULL OR closed = 'past')`, id, p.head.Epoch).
		Scan(&account, &unit, &rest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("give right back: %w", err)
	}
	_, err = p.tx.Exec(`UPDATE rights SET returned = returned + ?, closed = ? WHERE right_id = ?`, rest, closedReturned, id)
	if err != nil {
		return fmt.Errorf("give right back: %w", err)
	}
	return p.putReturn(account, unit, ledger.RightEnd{Right: id, Amount: rest, Recalled: true})
}

func (p *pen) putReturn(account ledger.AccountID, unit ledger.Unit, end ledger.RightEnd) error {
	e := ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.RightReturn, At: ledger.MillisOf(p.now),
		Store: p.store.opts.Store, Operator: p.store.opts.Operator, Subject: ledger.SubjectOf(account),
		End: &end,
	}
	if end.Amount > 0 {
		e.Postings = []ledger.Posting{{
			Unit: unit, Amount: end.Amount, Right: end.Right,
			From: ledger.Escrow(end.Right), To: unit.Home(),
		}}
	}
	body, err := e.Encode()
	if err != nil {
		return fmt.Errorf("give right back: %w", err)
	}
	return p.put(&e, body, 0)
}
