package offline

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Whom another lane took in while headquarters' feed does not come is known here by what
// that lane told the hub: by what she is found, whose account that is, and a masked name.
// It stands in the directory beside the feed's rows, is asked where those and the
// journal find nobody, and goes in the transaction that brings her row. Her balance is
// what news say.

// Introductions returns by what members are found who were bound here and whom the feed
// has not brought, in the order in which they were, behind a mark, at most so many, and
// up to where they go.
func (s *Store) Introductions(ctx context.Context, after ledger.IntroducedUpTo, most int) (all []ledger.Introduction, upTo ledger.IntroducedUpTo, err error) {
	upTo = after
	err = s.journal.Lookup(ctx, func(row *sqlitedb.Values) error {
		i := ledger.Introduction{Name: row.Text(3)}
		copy(i.Hash[:], row.Blob(1))
		if err := i.Account.UnmarshalText([]byte(row.Text(2))); err != nil {
			return err
		}
		i.Member = ledger.MemberID(i.Account)
		if member := row.Text(4); member != "" {
			if err := i.Member.UnmarshalText([]byte(member)); err != nil {
				return err
			}
		}
		all, upTo = append(all, i), ledger.IntroducedUpTo{Row: row.Int64(0), Hash: i.Hash}
		return nil
	}, `
		SELECT n, hash, account, mask, member
		FROM local
		WHERE n >= +?1 AND (n > +?1 OR hash > +?2)
		ORDER BY n, hash
		LIMIT +?3`, after.Row, after.Hash[:], int64(most))
	if err != nil {
		return nil, after, fmt.Errorf("read whom to introduce: %w", err)
	}
	return all, upTo, nil
}

// IntroductionCursor returns up to where the hub's list of introductions was applied.
func (s *Store) IntroductionCursor(ctx context.Context) (at ledger.Cursor, err error) {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	err = s.directory.View(ctx, func(tx *sqlitedb.Tx) error {
		at, err = readIntroducedCursor(tx)
		return err
	})
	return at, err
}

func readIntroducedCursor(tx *sqlitedb.Tx) (at ledger.Cursor, err error) {
	err = tx.QueryRow(`SELECT incarnation, position FROM introduced_cursor`).Scan(&at.Incarnation, &at.Position)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return at, fmt.Errorf("read introductions: %w", err)
	}
	return at, nil
}

// ApplyIntroductions keeps whom other lanes introduce, and up to where, if the cursor is
// at after. A list of another incarnation is another list. heard is the last erasure that
// who tells them had heard of: where another was heard of here, nothing is kept and the
// cursor stays. Applying again changes nothing.
func (s *Store) ApplyIntroductions(ctx context.Context, told []ledger.Introduction, after, next ledger.Cursor, heard ledger.Millis) error {
	s.feeding.Lock() // no erasure comes in between
	defer s.feeding.Unlock()
	if heard < s.ErasedUpTo() {
		return nil
	}
	err := s.updateDirectory(ctx, func(tx *sqlitedb.Tx) error {
		at, err := readIntroducedCursor(tx)
		if err != nil || at != after {
			return err
		}
		if at.Incarnation != next.Incarnation {
			if _, err := tx.Exec(`DELETE FROM introduced`); err != nil {
				return err
			}
		}
		for _, i := range told {
			if i.Terminal == s.opts.Terminal {
				continue
			}
			if err := keepIntroduced(tx, &i); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`
			INSERT INTO introduced_cursor (one, incarnation, position) VALUES (1, ?1, ?2)
			ON CONFLICT (one) DO UPDATE SET incarnation = ?1, position = ?2`, next.Incarnation, next.Position)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep whom other lanes introduce: %w", err)
	}
	return nil
}

// keepIntroduced keeps one, unless the feed has said who is found by it.
func keepIntroduced(tx *sqlitedb.Tx, i *ledger.Introduction) error {
	stands, err := slotOf(i.Hash).place(tx)
	if err != nil && !errors.Is(err, errNoPlace) {
		return err
	}
	if i.Withdrawn || !stands.account.IsZero() {
		_, err = tx.Exec(`DELETE FROM introduced WHERE hash = ? AND terminal = ?`, i.Hash, i.Terminal)
		return err
	}
	_, err = tx.Exec(`
		INSERT OR REPLACE INTO introduced (hash, terminal, account, member, name)
		VALUES (?, ?, ?, ?, ?)`, i.Hash, i.Terminal, i.Account[:], i.Member[:], i.Name)
	return err
}

// dropIntroduced forgets what other lanes said of identifiers that the feed brings.
func (p *directoryPen) dropIntroduced(identifiers []ledger.KeyedHash) error {
	if !p.neighbors {
		return nil
	}
	for _, hash := range identifiers {
		if _, err := p.tx.Exec(`DELETE FROM introduced WHERE hash = ?`, hash); err != nil {
			return fmt.Errorf("drop introduction: %w", err)
		}
	}
	return nil
}

// Fed reports whether the feed has said who is found by a keyed hash.
func (v *View) Fed(ctx context.Context, hash ledger.KeyedHash) (bool, error) {
	f, err := v.identified(ctx, hash)
	return !f.account.IsZero(), err
}

// introducedBy gives whom other lanes find by a keyed hash; the zero value where they
// find nobody. Where two took in one number while they could not hear of each other, it
// is always the same of the two: they become one at headquarters.
func (v *View) introducedBy(ctx context.Context, hash ledger.KeyedHash) (ledger.Introduction, error) {
	return v.introduced(ctx, `SELECT account, member, name FROM introduced WHERE hash = +?1 ORDER BY terminal LIMIT 1`, hash[:])
}

// introducedAs gives what other lanes said of an account, or of one of its members.
func (v *View) introducedAs(ctx context.Context, account ledger.AccountID, member ledger.MemberID) (ledger.Introduction, error) {
	if member.IsZero() {
		return v.introduced(ctx, `SELECT account, member, name FROM introduced WHERE account = +?1 LIMIT 1`, account[:])
	}
	return v.introduced(ctx, `SELECT account, member, name FROM introduced WHERE account = +?1 AND member = +?2 LIMIT 1`, account[:], member[:])
}

func (v *View) introduced(ctx context.Context, query string, args ...driver.Value) (i ledger.Introduction, err error) {
	if !v.neighbors.Load() {
		return i, nil
	}
	err = v.directory.Lookup(ctx, func(row *sqlitedb.Values) error {
		copy(i.Account[:], row.Blob(0))
		copy(i.Member[:], row.Blob(1))
		i.Name = row.Text(2)
		return nil
	}, query, args...)
	if err != nil {
		return i, fmt.Errorf("read introductions: %w", err)
	}
	return i, nil
}

// findIntroduced finds whom neither the directory nor the journal found by an identifier.
// The feed may have brought her since the directory was read, and taken the introduction
// away: then she is there.
func (v *View) findIntroduced(ctx context.Context, s sighting) (m loyalty.Member, err error) {
	if s.introduced, err = v.introducedBy(ctx, ledger.KeyedHash(s.hash)); err != nil {
		return m, err
	}
	if s.introduced.Account.IsZero() && (!steady(s.version) || s.version != v.directory.version()) {
		s.version = v.directory.version()
		s.fed, err = v.identified(ctx, ledger.KeyedHash(s.hash))
	}
	if err != nil || s.introduced.Account.IsZero() && s.account.IsZero() {
		return m, cmp.Or(err, loyalty.ErrUnknownMember)
	}
	if s.account.IsZero() {
		s.account, s.member, s.version = s.introduced.Account, s.introduced.Member, changing
		s.fed, err = v.fedAccount(ctx, s.account)
	}
	if err != nil {
		return m, err
	}
	return v.describe(ctx, s)
}

// meetIntroduced adds what other lanes said of an account, or of the member of it who is
// said to be here, where nobody else knows.
func (v *View) meetIntroduced(ctx context.Context, s *sighting, n *noted) (err error) {
	another := !s.member.IsZero() && s.member != ledger.MemberID(s.account)
	if s.introduced.Account.IsZero() && (another || !s.known && n.mask == "") {
		member := s.member
		if !another {
			member = ledger.MemberID{}
		}
		if s.introduced, err = v.introducedAs(ctx, s.account, member); err != nil {
			return err
		}
		if another && !s.introduced.Account.IsZero() {
			mates, err := v.housemates(ctx, s.account)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(mates, func(m housemate) bool { return m.member == s.member }) {
				s.introduced = ledger.Introduction{} // by a card of hers; headquarters knows her without it
			}
		}
	}
	if i := s.introduced; !i.Account.IsZero() && i.Member != ledger.MemberID(s.account) && n.here.member.IsZero() {
		n.here = housemate{member: i.Member, name: i.Name}
		n.joined = append(n.joined, i.Member)
	}
	return err
}
