package offline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/internal/folder"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// owedFile says that a directory was built which counts entries that the journal may
// still note. No page of the feed comes back to them: its cursor is behind all of them
// already, and all of it would have to be read again.
const owedFile = "directory.db.settling"

func (s *Store) owedPath() string { return filepath.Join(s.opts.Dir, owedFile) }

// oweSettling is noted before the new directory is in its place.
func (s *Store) oweSettling() error {
	if err := os.WriteFile(s.owedPath(), nil, 0o600); err != nil {
		return err
	}
	s.owed = true
	return folder.Sync(s.opts.Dir)
}

// findOwed finds out whether a process before this one owed it.
func (s *Store) findOwed() error {
	_, err := os.Lstat(s.owedPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s.owed = true
	return err
}

// settleOwed drops from the journal what a new directory has, a part at a time as
// settleAll does, and where that was cut short from the beginning once more.
func (s *Store) settleOwed(ctx context.Context) error {
	if !s.owed {
		return nil
	}
	for after, all := "", false; !all; {
		var next string
		err := s.writeApplied(ctx, func(p *pen) (err error) {
			next, all, err = s.settleSomeOwed(ctx, p, after)
			return err
		})
		if err != nil {
			return fmt.Errorf("settle what was built: %w", err)
		}
		after = next
	}
	if err := s.writeApplied(ctx, func(p *pen) error { return s.dropFedLocals(ctx, p) }); err != nil {
		return fmt.Errorf("settle what was built: %w", err)
	}
	s.owed = false
	return os.Remove(s.owedPath())
}

// settleSomeOwed settles the next accounts behind one of which the journal notes
// something, and gives the last that is settled.
func (s *Store) settleSomeOwed(ctx context.Context, p *pen, after string) (last string, all bool, err error) {
	const atOnce = settleAtOnce / settleAccount
	accounts, err := readTexts(p.tx, `
		SELECT account FROM unsettled WHERE account > ?1
		UNION SELECT account FROM named WHERE account > ?1
		UNION SELECT account FROM member_pin WHERE account > ?1
		ORDER BY account
		LIMIT ?2`, after, atOnce)
	if err != nil {
		return after, false, err
	}
	most := settleAtOnce
	for _, text := range accounts {
		rows, all, err := s.settleByDirectory(ctx, p, text, most)
		if err != nil || !all {
			return after, false, err
		}
		if after, most = text, most-rows-settleAccount; most <= 0 {
			return after, false, nil
		}
	}
	return after, len(accounts) < atOnce, nil
}

// settleByDirectory settles what the directory's row of an account counts.
func (s *Store) settleByDirectory(ctx context.Context, p *pen, account string, most int) (rows int, all bool, err error) {
	var id ledger.AccountID
	if id.UnmarshalText([]byte(account)) != nil {
		return 0, true, nil // the feed knows none such
	}
	f, err := s.fedAccount(ctx, id)
	if err != nil {
		return 0, false, err
	}
	return p.settle(id, f.applied, most)
}

// dropFedLocals forgets members enrolled here whom the feed has brought.
func (s *Store) dropFedLocals(ctx context.Context, p *pen) error {
	hashes, err := readTexts(p.tx, `SELECT hash FROM local`)
	if err != nil {
		return err
	}
	for _, text := range hashes {
		var hash ledger.KeyedHash
		copy(hash[:], text)
		f, err := s.identified(ctx, hash)
		if err != nil {
			return err
		}
		if !f.known {
			continue
		}
		if _, err := p.tx.Exec(`DELETE FROM local WHERE hash = ?`, hash[:]); err != nil {
			return fmt.Errorf("drop local member: %w", err)
		}
	}
	return nil
}

// readTexts gives the one column of a query.
func readTexts(tx *sqlitedb.Tx, query string, args ...any) (texts []string, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}
