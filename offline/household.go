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

// apartHouseholds say who is in an account.
var apartHouseholds = &apart{
	what:  "households",
	heard: `SELECT coalesce(max(incarnation), 0), coalesce(max(position), 0) FROM household_cursor`,
	clear: `DELETE FROM household`,
	note:  `INSERT OR REPLACE INTO household_cursor (one, incarnation, position) VALUES (1, ?, ?)`,
	is:    func(c *ledger.Change) bool { return c.Household != nil },
	keep:  func(p *directoryPen, c *ledger.Change) error { return p.keepHousehold(c.Household) },
}

// HouseholdCursor returns up to where the feed was heard of households: the
// beginning where the directory is read from it.
func (s *Store) HouseholdCursor(ctx context.Context) (ledger.Cursor, error) {
	return s.apartCursor(ctx, apartHouseholds)
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
