package offline

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// refuses says why this terminal may not redeem now; nil where it may.
func (x exchange) refuses(now time.Time, maxOffline time.Duration) *loyalty.NoRedeem {
	switch {
	case x.fenced:
		return &loyalty.NoRedeem{Reason: loyalty.IsFenced}
	case x.clock.look(now).off:
		return &loyalty.NoRedeem{Reason: loyalty.ClockOff}
	case x.clock.time(now) > x.contact.Add(maxOffline):
		return &loyalty.NoRedeem{Reason: loyalty.OfflineLong}
	case x.unmarked:
		return &loyalty.NoRedeem{Reason: loyalty.Unmarked}
	}
	return nil
}

// usedOf is what this terminal spent and holds of r's unit of its program that
// headquarters has not counted.
const usedOf = `(
	(SELECT coalesce(sum(-u.escrowed), 0) FROM unsettled u
		WHERE u.unit = r.unit AND u.escrowed < 0 AND u.program IN (r.program, ''))
	+ (SELECT coalesce(sum(h.amount), 0) FROM hold h WHERE h.program = r.program AND h.unit = r.unit))`

func exposure(tx *sqlitedb.Tx, program string, unit ledger.Unit) (used ledger.Points, err error) {
	err = tx.QueryRow(`SELECT `+usedOf+` FROM (SELECT ? AS program, ? AS unit) r`, program, unit).Scan(&used)
	if err != nil {
		return 0, fmt.Errorf("sum up what was spent here: %w", err)
	}
	return used, nil
}

// spends reports whether an entry takes from rights.
func spends(e *ledger.Entry) bool {
	for _, p := range e.Postings {
		if _, ok := p.From.Right(); ok {
			return true
		}
	}
	return false
}

// spend moves what a sale takes of rights from held to spent. The holds that
// its rewards name must cover its postings exactly.
func (p *pen) spend(e *ledger.Entry) error {
	taken, err := takenRights(e)
	if err != nil || e.Sale == nil {
		return err
	}
	var covered map[ledger.RightID]ledger.Points
	for _, reward := range e.Sale.Rewards {
		if reward.Hold.IsZero() {
			continue
		}
		hold, err := p.endHold(reward.Hold)
		if err != nil {
			return err
		}
		if covered == nil {
			covered = map[ledger.RightID]ledger.Points{}
		}
		for _, part := range hold.Parts {
			covered[part.Right] += part.Amount // the parts of one right are within its amount
		}
	}
	if !maps.Equal(taken, covered) {
		return fmt.Errorf("spend: entry %s takes other amounts than its holds set aside", e.ID)
	}
	for right, amount := range taken {
		if err := p.spendRight(right, amount); err != nil {
			return err
		}
	}
	return nil
}

// takenRights sums what an entry takes of each right; nil where it takes
// nothing, as most sales do.
func takenRights(e *ledger.Entry) (taken map[ledger.RightID]ledger.Points, err error) {
	if e.Kind == ledger.RightReturn {
		return nil, nil
	}
	for _, posting := range e.Postings {
		right, ok := posting.From.Right()
		if !ok {
			continue
		}
		sum, err := taken[right].Add(posting.Amount)
		if err != nil {
			return nil, fmt.Errorf("spend: %w", err)
		}
		if taken == nil {
			taken = map[ledger.RightID]ledger.Points{}
		}
		taken[right] = sum
	}
	return taken, nil
}

// endHold takes away a hold that is being spent. One whose points have lapsed
// may still be spent while it is fresh: the customer was told before she paid, and a
// clock that jumps meanwhile makes it no older.
func (p *pen) endHold(id ledger.HoldID) (ledger.Hold, error) {
	hold, err := readHold(p.tx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return hold, &loyalty.NoRedeem{Reason: loyalty.HoldGone}
	}
	if err != nil {
		return hold, err
	}
	at := p.exchange.clock.surely(p.now)
	var lapsed bool
	err = p.tx.QueryRow(`
		SELECT count(*) > 0
		FROM hold h JOIN hold_part p ON p.hold_id = h.hold_id JOIN rights r ON r.right_id = p.right_id
		WHERE h.hold_id = ? AND (r.closed NOT IN ('past')
			OR (r.closed = 'past' OR r.spend_until_ms < ?) AND h.placed_at_ms < ?)`,
		id, at, at.Add(-holdAge)).Scan(&lapsed)
	if err != nil {
		return hold, fmt.Errorf("read hold: %w", err)
	}
	if lapsed {
		return hold, &loyalty.NoRedeem{Reason: loyalty.RightPast}
	}
	return hold, p.deleteHold(id)
}

func (p *pen) spendRight(id ledger.RightID, amount ledger.Points) error {
	_, err := p.tx.Exec(`UPDATE rights SET held = held - ?1, spent = spent + ?1 WHERE right_id = ?2`, amount, id)
	if err != nil {
		return fmt.Errorf("spend right: %w", err)
	}
	return p.giveBack(id)
}
