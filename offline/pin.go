package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// freePINTries of a member's may be wrong, the last of them with a wait behind it.
const freePINTries = 5

// CheckPIN says whether a PIN is a member's: nil where it is, pin.ErrWrong where it is
// another, pin.ErrNone where this till knows none of hers, *pin.TooManyTries after too
// many wrong ones. Each is counted past fsync before it is judged.
func (s *Store) CheckPIN(ctx context.Context, now time.Time, account ledger.AccountID, member ledger.MemberID, keyed pin.PIN) error {
	s.pins.Lock()
	defer s.pins.Unlock()
	text, err := s.pinOf(ctx, account, member)
	if err != nil {
		return fmt.Errorf("read PIN: %w", err)
	}
	if text == "" {
		return pin.ErrNone
	}
	hash, err := pin.Read(text)
	if err != nil {
		return err
	}
	if err := s.countTry(ctx, now, member); err != nil {
		return err
	}
	if !hash.IsUnder(s.opts.pinKey(member), []byte(keyed.Reveal())) {
		return pin.ErrWrong
	}
	return s.forgetTries(ctx, member)
}

// HasPIN reports whether this till knows a PIN of a member's.
func (s *Store) HasPIN(ctx context.Context, account ledger.AccountID, member ledger.MemberID) (bool, error) {
	text, err := s.pinOf(ctx, account, member)
	if err != nil {
		return false, fmt.Errorf("read PIN: %w", err)
	}
	return text != "", nil
}

// pinKey puts the store's key over the hash of a member's PIN.
func (o *Options) pinKey(member ledger.MemberID) func(sum []byte) [32]byte {
	return func(sum []byte) [32]byte { return o.LookupKey.Sum(ledger.PINKind, ledger.PINBytes(member, sum)) }
}

// countTry counts one, or says how long to wait.
func (s *Store) countTry(ctx context.Context, now time.Time, member ledger.MemberID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(ctx, func(p *pen) error {
		tries, err := readTries(p.tx, member)
		if err != nil {
			return err
		}
		if wait := tries.Wait(now); wait > 0 {
			return &pin.TooManyTries{Wait: wait}
		}
		_, err = p.tx.Exec(`
			INSERT INTO pin_tries (member, failed, last_ms)
			VALUES (?1, 1, ?2)
			ON CONFLICT (member) DO UPDATE SET failed = failed + 1, last_ms = ?2`, member.String(), ledger.MillisOf(now))
		if err != nil {
			return fmt.Errorf("count PIN: %w", err)
		}
		return nil
	})
}

func readTries(tx *sqlitedb.Tx, member ledger.MemberID) (tries pin.Tries, err error) {
	var last ledger.Millis
	err = tx.QueryRow(`SELECT failed, last_ms FROM pin_tries WHERE member = ?`, member.String()).Scan(&tries.Failed, &last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return tries, fmt.Errorf("count PIN: %w", err)
	}
	tries.Last, tries.Free = last.Time(), freePINTries
	return tries, nil
}

func (s *Store) forgetTries(ctx context.Context, member ledger.MemberID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(ctx, func(p *pen) error { return p.forgetTries(member.String()) })
}

func (p *pen) forgetTries(member string) error {
	if _, err := p.tx.Exec(`DELETE FROM pin_tries WHERE member = ?`, member); err != nil {
		return fmt.Errorf("forget PINs that were tried: %w", err)
	}
	return nil
}

// pinOf is the hash of a member's PIN as this till knows it: the one that she set here,
// until the directory counts that entry, else the directory's; empty where it knows none.
// The journal is read first, as it is of balances.
func (v *View) pinOf(ctx context.Context, account ledger.AccountID, member ledger.MemberID) (hash string, err error) {
	said, err := v.saidPIN(ctx, member)
	if err != nil {
		return "", err
	}
	if said.hash != "" {
		f, err := v.fedAccount(ctx, account)
		if err != nil {
			return "", err
		}
		earlier := func(place applied, n int64) (bool, error) { return v.earlier(ctx, place, n) }
		if counted, err := f.applied.counts(earlier, said.lineage, said.n); err != nil || !counted {
			return said.hash, err
		}
	}
	err = v.directory.Lookup(ctx, func(row *sqlitedb.Values) error {
		hash = row.Text(0)
		return nil
	}, `SELECT hash FROM pin WHERE account = +? AND member = +?`, account[:], member[:])
	return hash, err
}
