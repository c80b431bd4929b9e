package backups

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/release"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What opens a backup to people is in one file beside all backups of a folder, which
// has no generations: who is erased goes out of it, and so out of all of them.

// PersonsPart is the part of that file, and its name while it is made.
const PersonsPart = "persons"

// personsSuffix is how the file's name ends.
const personsSuffix = ".keys"

// personsPath is the file beside a backup; prefix is what all backups of the folder
// have in their names, empty for one that was named.
func personsPath(path, prefix string) string {
	if prefix != "" {
		return filepath.Join(filepath.Dir(path), prefix+PersonsPart+personsSuffix)
	}
	return strings.TrimSuffix(path, suffix) + personsSuffix
}

// personsBeside are the files that may belong to a backup.
func personsBeside(path string) []string {
	named := []string{personsPath(path, "")}
	if i := strings.LastIndex(filepath.Base(path), "_"); i >= 0 {
		named = append(named, personsPath(path, filepath.Base(path)[:i+1]))
	}
	return named
}

// writePersonsTo writes what a headquarters keeps apart into a file of the work folder.
func writePersonsTo(ctx context.Context, look *hq.Look, work string) (serial ledger.Millis, err error) {
	f, err := os.OpenFile(filepath.Join(work, PersonsPart), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	serial, err = look.WritePersons(ctx, f)
	return serial, errors.Join(err, f.Close())
}

// savePersons brings what lies in the work folder to its place, over what is there.
func savePersons(config configs.Config, work, path string, of *backup.Headquarters) error {
	from := filepath.Join(work, PersonsPart)
	part, err := describePart(PersonsPart, from)
	if err != nil {
		return err
	}
	m := backup.Manifest{Release: release.Name, At: ledger.MillisOf(time.Now()), Headquarters: of, Parts: []backup.Part{part}}
	_, err = backup.Replace(path, func(w io.Writer) error {
		return backup.Write(w, config.Backup.Recipient, m, func(backup.Part) (io.ReadCloser, error) { return os.Open(from) })
	})
	return targetHint(err)
}

// describePart says what a file is as a part of a backup.
func describePart(name, path string) (backup.Part, error) {
	f, err := os.Open(path)
	if err != nil {
		return backup.Part{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return backup.Part{}, fmt.Errorf("read %s: %w", path, err)
	}
	return backup.Part{Name: name, Size: n, Hash: ledger.Hash(sum.Sum(nil))}, nil
}

// RewritePersons writes the files beside the backups anew where somebody was erased
// since. A place that is not there now is an error: it is tried again.
func RewritePersons(ctx context.Context, config configs.Config) (err error) {
	last, err := ReadRecord(config.DataDir)
	if err != nil || len(last.Persons) == 0 || !datadir.Look(config.DataDir).Headquarters() {
		return err // of one that retired nobody is erased here any more
	}
	look, err := hq.OpenReadOnly(ctx, datadir.HQOptions(config))
	if err != nil {
		return err
	}
	defer look.Close()
	if serial, err := look.LastErasure(ctx); err != nil || serial <= last.Erasures {
		return err
	}
	lock, work, err := openWork(config.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeWork(lock, work)) }()
	serial, err := writePersonsTo(ctx, look, work)
	if err != nil {
		return err
	}
	of, err := stateOf(ctx, look)
	if err != nil {
		return err
	}
	var errs []error
	for _, path := range last.Persons {
		errs = append(errs, overwritePersons(config, work, path, of))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	last.Erasures = serial
	return last.Save(config.DataDir)
}

// overwritePersons leaves a file alone that somebody took away from its folder.
func overwritePersons(config configs.Config, work, path string, of *backup.Headquarters) error {
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return noFolder(filepath.Dir(path), err)
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return savePersons(config, work, path, of)
}

// addPersons notes where a file lies that was just written, as the last one, and up to
// which erasure all are.
func (r *Record) addPersons(before Record, path string, serial ledger.Millis) {
	others := slices.DeleteFunc(slices.Clone(before.Persons), func(p string) bool { return p == path })
	r.Persons, r.Erasures = append(others, path), serial
	if len(others) > 0 {
		r.Erasures = before.Erasures
	}
}

// JoinPersons puts what was kept apart into a folder that is being restored. from is
// the file with it; empty is one beside the backup.
func (r *Restoring) JoinPersons(ctx context.Context, file string, options RestoreOptions, m backup.Manifest) (unreadable int, err error) {
	if m.Headquarters == nil {
		return 0, nil
	}
	if err := custody.Upgrade(ctx, r.beside); err != nil {
		return 0, err
	}
	path, err := options.personsOf(file)
	if err != nil || path == "" && !m.Headquarters.Apart {
		return 0, err
	}
	if path == "" {
		if !options.WithoutPersons {
			return 0, exit.Fail(exit.Data, "it lies beside the backups, with a name that ends in "+personsSuffix+": name it with --persons; "+
				"without it, by --without-persons, nobody's number or name is known any more",
				errors.New("what opens the backup to people is kept in another file, and that is not here"))
		}
		nobody := fmt.Sprintf(`{"chain":%q,"erasures":[]}`, m.Headquarters.Chain)
		return custody.JoinPersons(ctx, r.beside, strings.NewReader(nobody))
	}
	return r.joinFrom(ctx, path, options)
}

func (r *Restoring) joinFrom(ctx context.Context, path string, options RestoreOptions) (unreadable int, err error) {
	from, err := os.Open(path)
	if err != nil {
		return 0, exit.Fail(exit.Data, "name the file that lies beside the backup", err)
	}
	defer from.Close()
	if _, err := r.Unpack(from, options.Key, func(int, int) {}); err != nil {
		return 0, CannotRestore(err, path)
	}
	plain := filepath.Join(r.beside, PersonsPart)
	lines, err := os.Open(plain)
	if err != nil {
		return 0, err
	}
	defer lines.Close()
	unreadable, err = custody.JoinPersons(ctx, r.beside, lines)
	return unreadable, errors.Join(err, os.Remove(plain))
}
