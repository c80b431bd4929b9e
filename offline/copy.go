package offline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// JournalFile is the journal's name in a data folder.
const JournalFile = journalFile

// CopyJournal writes one state of a folder's journal into another folder,
// beside a daemon that writes it. The directory is not copied: it is a cache,
// in step with its own journal alone. Nor is the mark: a copy without it cannot
// go on as if it were the original.
func CopyJournal(ctx context.Context, from, to string) error {
	journal, err := sqlitedb.OpenReadOnly(ctx, filepath.Join(from, journalFile), journalID)
	if err != nil {
		return fmt.Errorf("copy journal: %w", err)
	}
	defer journal.Close() // read only
	if err := journal.Snapshot(ctx, filepath.Join(to, journalFile)); err != nil {
		return fmt.Errorf("copy journal: %w", err)
	}
	return nil
}

// CheckCopy is View.Verify for what CopyJournal wrote. progress may be nil.
func CheckCopy(ctx context.Context, dir string, progress func(done, total int)) (Report, error) {
	journal, err := sqlitedb.OpenReadOnly(ctx, filepath.Join(dir, journalFile), journalID)
	if err != nil {
		return Report{}, fmt.Errorf("check copy: %w", err)
	}
	defer journal.Close() // read only
	v := &View{opts: Options{Dir: dir}, journal: journal, directory: absent{}, close: journal.Close}
	report, err := v.verify(ctx, progress, false)
	if err != nil {
		return report, fmt.Errorf("check copy: %w", err)
	}
	return report, nil
}

// UpgradeCopy brings what CopyJournal wrote to this release's schema, and
// changes nothing else.
func UpgradeCopy(ctx context.Context, dir string) error {
	journal, err := sqlitedb.Open(ctx, sqlitedb.Options{
		Path: filepath.Join(dir, journalFile), ApplicationID: journalID, Migrations: migration("journal"),
	})
	if err != nil {
		return fmt.Errorf("upgrade copy: %w", err)
	}
	return journal.Close()
}

// BeginAnew makes the folder of a restored terminal begin a new epoch, above
// the given one, when it is opened next: its mark remembers a head that the
// restored journal does not have.
func BeginAnew(dir string, terminal ledger.TerminalID, above ledger.Epoch) error {
	w, _, err := openMark(dir)
	if err != nil {
		return fmt.Errorf("begin anew: %w", err)
	}
	defer w.file.Close() // write syncs
	if err := w.write(mark{terminal: terminal, head: ledger.Head{Epoch: above}}); err != nil {
		return fmt.Errorf("begin anew: %w", err)
	}
	return nil
}

// PartNames takes out of what CopyJournal wrote who people are, where headquarters, in
// the same backup, has it: it tells it again.
func PartNames(ctx context.Context, dir string) error {
	journal, err := sqlitedb.Open(ctx, sqlitedb.Options{
		Path: filepath.Join(dir, journalFile), ApplicationID: journalID, Migrations: migration("journal"),
	})
	if err != nil {
		return fmt.Errorf("part names: %w", err)
	}
	err = journal.Update(ctx, func(tx *sqlitedb.Tx) error {
		for _, statement := range []string{
			`DELETE FROM local`,
			`DELETE FROM named`,
			`DELETE FROM member_pin`,
			`DELETE FROM attachment
			WHERE n <= (SELECT e.base_n + x.acked_seq FROM exchange x JOIN epoch e ON e.epoch = x.acked_epoch)`,
		} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		_, err = journal.Vacuum(ctx)
	}
	if err := errors.Join(err, journal.Close()); err != nil {
		return fmt.Errorf("part names: %w", err)
	}
	return nil
}
