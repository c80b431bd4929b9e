package offline

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// An account may have several members. Whatever finds one of them leads to the
// account; who she is says a row of her identifier's own, for accounts that have
// several alone: for all others nothing of this is kept or read.

// housemate is a member of an account, by one of her identifiers.
type housemate struct {
	member  ledger.MemberID
	rest    [6]byte
	name    string
	profile loyalty.Profile
}

// housemates gives an account's members, a row for each identifier.
func (v *View) housemates(ctx context.Context, account ledger.AccountID) (mates []housemate, err error) {
	version := v.directory.version()
	if w := v.words.Load(); w != nil && steady(version) && w.version == version && !w.households {
		return nil, nil
	}
	err = v.directory.Lookup(ctx, func(row *sqlitedb.Values) error {
		m := housemate{name: row.Text(2), profile: profileOf(row.Int64(3), row.Text(4))}
		copy(m.member[:], row.Blob(0))
		copy(m.rest[:], row.Blob(1))
		mates = append(mates, m)
		return nil
	}, `SELECT member, rest, name, birth_month, segments FROM household WHERE account = +?`, account[:])
	if err != nil {
		return nil, fmt.Errorf("read household: %w", err)
	}
	return mates, nil
}

// tellHere says which of an account's members is here, and how many it has. What
// is known of a person is hers then; of a household of which nobody knows who is
// here, nothing is.
func (v *View) tellHere(ctx context.Context, m *loyalty.Member, s sighting, n noted) error {
	mates, err := v.housemates(ctx, m.Account)
	if err != nil {
		return err
	}
	own := ledger.MemberID(m.Account)
	if len(mates)+len(n.joined) == 0 && n.here.member.IsZero() { // as a rule
		m.ID = own
		return nil
	}
	here := pick(mates, s)
	members := map[ledger.MemberID]bool{}
	for _, mate := range mates {
		members[mate.member] = true
	}
	if len(mates) == 0 {
		members[own] = true
		if n.here.member.IsZero() && (s.hash != nil || s.member == own || len(n.joined) == 0) {
			here = housemate{member: own, profile: m.Profile}
		}
	}
	for _, joined := range n.joined {
		members[joined] = true
	}
	if here.member.IsZero() {
		here = n.here
	}
	if m.Household = len(members); m.Household == 1 {
		m.Household = 0
	}
	m.ID, m.Profile = here.member, here.profile
	if here.name != "" {
		m.Name = here.name
	}
	return nil
}

// pick finds who is here by what she was found by, or said to be; the only one of
// an account is who is here.
func pick(mates []housemate, s sighting) (here housemate) {
	alone := true
	for _, mate := range mates {
		alone = alone && mate.member == mates[0].member
		if s.hash != nil && slotOf(ledger.KeyedHash(s.hash)).rest == mate.rest || mate.member == s.member {
			return mate
		}
	}
	if alone && len(mates) > 0 {
		return mates[0]
	}
	return here
}

// HouseholdCursor returns up to where the feed was heard of households: the
// beginning where the directory is read from it.
func (s *Store) HouseholdCursor(ctx context.Context) (c ledger.Cursor, err error) {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	if b := s.building; b != nil {
		return ledger.Cursor{Incarnation: b.next.Incarnation, Position: lastOf(b.households)}, nil
	}
	err = s.directory.View(ctx, func(tx *sqlitedb.Tx) error {
		if at, err := readCursor(tx); err != nil || at.Position == 0 {
			return err
		}
		c, err = readHouseholdCursor(tx)
		return err
	})
	return c, err
}

func readHouseholdCursor(tx *sqlitedb.Tx) (c ledger.Cursor, err error) {
	err = tx.QueryRow(`
		SELECT coalesce(max(incarnation), 0), coalesce(max(position), 0)
		FROM household_cursor`).Scan(&c.Incarnation, &c.Position)
	if err != nil {
		return c, fmt.Errorf("read how far households were heard of: %w", err)
	}
	return c, nil
}

// lastOf is the position of the last of some rows.
func lastOf(changes []ledger.Change) (last ledger.Position) {
	for _, c := range changes {
		last = max(last, c.Position)
	}
	return last
}

// keepHouseholds keeps the rows of a page that say who is in an account, and up to
// where they were heard of. What an earlier incarnation said is dropped.
func (p *directoryPen) keepHouseholds(changes []ledger.Change, now ledger.Incarnation) error {
	var told []ledger.Change
	heard, err := readHouseholdCursor(p.tx)
	if err != nil {
		return err
	}
	if heard.Incarnation != now {
		heard = ledger.Cursor{Incarnation: now}
		if _, err := p.tx.Exec(`DELETE FROM household`); err != nil {
			return fmt.Errorf("clear households: %w", err)
		}
	}
	for _, c := range changes {
		if c.Household != nil && c.Position > heard.Position {
			told = append(told, c)
		}
	}
	for _, c := range told {
		if err := p.keepHousehold(c.Household); err != nil {
			return fmt.Errorf("keep household: %w", err)
		}
	}
	_, err = p.tx.Exec(`INSERT OR REPLACE INTO household_cursor (one, incarnation, position) VALUES (1, ?, ?)`,
		now, max(heard.Position, lastOf(told)))
	if err != nil {
		return fmt.Errorf("note how far households were heard of: %w", err)
	}
	return nil
}

// keepHousehold replaces who is in an account.
func (p *directoryPen) keepHousehold(h *ledger.Household) error {
	if _, err := p.tx.Exec(`DELETE FROM household WHERE account = ?`, h.Account[:]); err != nil {
		return err
	}
	for _, m := range h.Members {
		for _, hash := range m.Identifiers {
			rest := slotOf(hash).rest
			_, err := p.tx.Exec(`
				INSERT OR REPLACE INTO household (account, rest, member, name, birth_month, segments)
				VALUES (?, ?, ?, ?, ?, ?)`,
				h.Account[:], rest[:], m.Member[:], m.Name, keptMonth(m.BirthMonth), keptSegments(m.Segments))
			if err != nil {
				return err
			}
		}
	}
	return nil
}
