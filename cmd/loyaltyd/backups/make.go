// Package backups makes backups of a data folder and restores them: by command, and
// once a day beside what a daemon does. What is in the file is known to
// internal/backup.
package backups

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

const suffix = ".age"

// progress begins a stage that may take long and gives what hears how far it
// is; a total of 0 is not known.
type progress func(stage string) func(done, total int)

func unwatched(string) func(int, int) { return func(int, int) {} }

// Made is what was made.
type Made struct {
	Record
	// Copy is what it has of headquarters; nil where there is none in the folder, or
	// the check found something.
	Copy *hq.Copy
}

// Make makes one backup of a data folder, whether a daemon runs on it or
// not, and notes it there. to is a folder or the name of a new file; empty is
// the configured folder. What fails leaves every earlier backup as it was.
func Make(ctx context.Context, config configs.Config, files []string, to string, watch progress) (made Made, err error) {
	last, err := ReadRecord(config.DataDir)
	if err != nil {
		return made, err
	}
	if err := MayMake(config, to, last); err != nil {
		return made, err
	}
	if config.ProgramFile != "" {
		files = append(files[:len(files):len(files)], config.ProgramFile)
	}
	lock, work, err := openWork(config.DataDir)
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, closeWork(lock, work)) }()
	parts, err := collect(ctx, config.DataDir, work, files, watch)
	if err != nil {
		return made, fmt.Errorf("make backup: %w", err)
	}
	target, err := filepath.Abs(cmp.Or(to, config.Backup.Target))
	if err != nil {
		return made, err
	}
	path, prefix := pathIn(target, parts)
	if prefix != "" {
		if err := backup.Sweep(target, prefix); err != nil {
			return made, targetHint(err)
		}
	}
	persons := personsPath(path, prefix)
	if parts.manifest.Headquarters != nil {
		if err := savePersons(config, work, persons, parts.manifest.Headquarters); err != nil {
			return made, err
		}
	}
	saved, err := saveBackup(ctx, config, path, parts, watch("writing"))
	if err != nil {
		return made, err
	}
	if prefix != "" {
		if err := backup.Prune(target, prefix, suffix, config.Backup.Keep, filepath.Base(path)); err != nil {
			return made, err
		}
	}
	made.Record = Record{
		At: parts.manifest.At.Time(), Saved: saved, Findings: parts.findings(),
		SameDisk: sameDisk(filepath.Dir(path), config.DataDir), Persons: last.Persons, Erasures: last.Erasures,
	}
	if parts.manifest.Headquarters != nil {
		made.addPersons(last, persons, parts.erasures)
	}
	made.Copy = parts.copy
	return made, made.Save(config.DataDir)
}

func saveBackup(ctx context.Context, config configs.Config, path string, parts *collected, watch func(done, total int)) (backup.Saved, error) {
	done, total := 0, int(parts.size())
	open := func(p backup.Part) (io.ReadCloser, error) {
		from, err := parts.open(p)
		return &counting{from, ctx, func(n int) { done += n; watch(done, total) }}, err
	}
	saved, err := backup.Save(path, func(w io.Writer) error {
		return backup.Write(w, config.Backup.Recipient, parts.manifest, open)
	})
	return saved, targetHint(err)
}

// counting tells how much was read, and ends with a context.
type counting struct {
	io.ReadCloser
	ctx  context.Context
	read func(n int)
}

func (c *counting) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.ReadCloser.Read(p)
	c.read(n)
	return n, err
}

// findings counts what was damaged before.
func (c *collected) findings() (n int) {
	if t := c.manifest.Terminal; t != nil {
		n += t.Findings
	}
	if h := c.manifest.Headquarters; h != nil {
		n += h.Findings
	}
	return n
}

// MayMake looks for all that can be wrong before anything is read or written.
func MayMake(config configs.Config, to string, last Record) error {
	target := cmp.Or(to, config.Backup.Target)
	if config.HQ.Database != "" {
		return exit.Fail(exit.Config, "back up the database by pg_dump or pg_basebackup, and keep a copy of hq.key elsewhere; `loyaltyd hq backed-up` checks a backup",
			errors.New("headquarters' database is PostgreSQL's, so are its backups"))
	}
	if target == "" {
		return exit.Fail(exit.Config, "set backup.target to a folder on another disk, or name a file or folder with --to",
			errors.New("no place for a backup is configured"))
	}
	if config.Backup.Recipient == "" {
		return exit.Fail(exit.Config, "run `loyaltyd backup init` once: it makes the recovery key",
			errors.New("backup.recipient is not set, so nobody could open a backup"))
	}
	if err := keys.CheckRecipient(config.Backup.Recipient); err != nil {
		return exit.Fail(exit.Config, "copy backup.recipient as `loyaltyd backup init` wrote it", err)
	}
	return MayWriteTo(target, to == "" || strings.HasSuffix(to, "/"), config.DataDir, last)
}

// MayWriteTo says why no backup can be written to a place. last is the one before.
func MayWriteTo(target string, folder bool, dataDir string, last Record) error {
	info, err := os.Stat(target)
	switch {
	case err == nil && info.IsDir():
		folder = true
	case err == nil:
		return exit.Fail(exit.Data, "name another file, or a folder",
			fmt.Errorf("%s is there already and is left as it is", target))
	case errors.Is(err, fs.ErrNotExist) && !folder:
		target = filepath.Dir(target)
		if _, err := os.Stat(target); err != nil {
			return noFolder(target, err)
		}
	default:
		return noFolder(target, err)
	}
	if inside(dataDir, target) {
		return exit.Fail(exit.Config, "choose a folder on another disk", fmt.Errorf("%s lies in the data folder itself", target))
	}
	if folder && !last.At.IsZero() && filepath.Dir(last.Path) == filepath.Clean(target) && !last.SameDisk && sameDisk(target, dataDir) {
		return exit.Fail(exit.Unavailable, "plug it in (mount it); if it moved here for good, remove "+recordFile,
			fmt.Errorf("%s was on another disk and is now an empty place on this one", target))
	}
	return nil
}

func noFolder(folder string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("the folder %s is not there", folder)
	}
	return exit.Fail(exit.Unavailable, "plug the stick in (mount it), or make the folder: none is made here by itself", err)
}

func inside(outer, inner string) bool {
	outer, err := filepath.EvalSymlinks(outer)
	if err != nil {
		return false // there is nothing in it then
	}
	inner, err = filepath.EvalSymlinks(inner)
	if err != nil {
		return false
	}
	rest, err := filepath.Rel(outer, inner)
	return err == nil && rest != ".." && !strings.HasPrefix(rest, "../")
}

// sameDisk reports whether two folders are lost together.
func sameDisk(a, b string) bool {
	var first, second syscall.Stat_t
	return syscall.Stat(a, &first) == nil && syscall.Stat(b, &second) == nil && first.Dev == second.Dev
}

// pathIn names the file of a backup: in a folder of whom and when, and
// nothing else. prefix is what all of the same have there; none for a file.
func pathIn(target string, parts *collected) (path, prefix string) {
	if info, err := os.Stat(target); err != nil || !info.IsDir() {
		return target, ""
	}
	prefix = "loyaltyd-" + parts.name[len(parts.name)-12:] + "_"
	at := parts.manifest.At.Time().UTC().Format("20060102T150405.000Z")
	return filepath.Join(target, prefix+at+suffix), prefix
}

// targetHint says what to do about a place that cannot be written.
func targetHint(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return exit.Fail(exit.IO, "make room there; the backups that are there are whole", err)
	case errors.Is(err, syscall.EROFS):
		return exit.Fail(exit.IO, "it is mounted read-only: look whether it is damaged", err)
	case errors.Is(err, fs.ErrPermission):
		return exit.Fail(exit.Permission, "give the daemon's user the right to write there", err)
	case errors.Is(err, fs.ErrExist):
		return exit.Fail(exit.Data, "try again in a second", err)
	}
	return err
}

// snapshotHint says what to do where a database could not be copied.
func snapshotHint(err error) error {
	if !errors.Is(err, sqlitedb.ErrStorage) {
		return err
	}
	return exit.Fail(exit.IO, "is the data folder's disk full? a backup needs room for a copy of the databases beside them; else the disk fails", err)
}

// due is how old the last backup may be before the daemon makes another.
const due = 20 * time.Hour
