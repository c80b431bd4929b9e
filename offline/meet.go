package offline

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// meetEvery is how often whoever is to be met looks whether a page is still applied.
const meetEvery = 2 * time.Millisecond

// Meet keeps what headquarters told of somebody who was looked up: all of her, before
// the feed comes to her row. It moves no cursor and settles nothing, so what own
// entries add is told apart from it as ever; the feed's word goes over it. It waits for
// a page that is being applied, and not beyond the context.
func (s *Store) Meet(ctx context.Context, changes []ledger.Change) error {
	for !s.feeding.TryLock() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("keep whom headquarters found: %w", ctx.Err())
		case <-time.After(meetEvery):
		}
	}
	defer s.feeding.Unlock()
	if s.foreign.Load() {
		return nil // what is told is of another program than the directory
	}
	err := s.updateDirectory(context.WithoutCancel(ctx), func(tx *sqlitedb.Tx) error {
		p, err := newDirectoryPen(tx, s.opts)
		if err != nil {
			return err
		}
		p.neighbors = s.neighbors.Load()
		for _, c := range changes {
			if err := s.meetOne(p, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep whom headquarters found: %w", err)
	}
	return nil
}

func (s *Store) meetOne(p *directoryPen, c ledger.Change) error {
	switch {
	case c.Household != nil:
		return p.keepHousehold(c.Household)
	case c.Account == nil:
		return nil
	}
	newer, err := p.lacks(c.Account)
	if err != nil || !newer {
		return err
	}
	return s.changeDirectory(p, c)
}

// lacks reports whether the directory has nothing of an account, less than all of it,
// or what was so earlier. Where the feed was faster, its row stands: own entries that
// it counts are settled.
func (p *directoryPen) lacks(a *ledger.AccountState) (bool, error) {
	rows, err := holdersOf(p.tx, a.Account)
	if err != nil || len(rows) == 0 {
		return true, err
	}
	var asOf sql.NullInt64
	var state string
	var remembered bool
	err = p.tx.QueryRow(`
		SELECT m.as_of_s, coalesce(r.state, ''), r.account IS NOT NULL
		FROM member m LEFT JOIN remembered r ON r.account = m.account
		WHERE m.key = ?`, rows[0].key).Scan(&asOf, &state, &remembered)
	if err != nil {
		return false, fmt.Errorf("look up member: %w", err)
	}
	have := loyalty.State{Outside: p.remembers && !remembered}
	if remembered && json.Unmarshal([]byte(state), &have) != nil {
		have = loyalty.State{} // nothing, or of a release to come
	}
	return !asOf.Valid || have.Outside || asOf.Int64 < int64(a.AsOf)/1000, nil
}
