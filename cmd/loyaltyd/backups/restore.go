package backups

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Restoring is a data folder on its way: made beside its place under another
// name, and there in one step when all of it is right.
type Restoring struct {
	folder string // where it is to be
	beside string
	lock   *sqlitedb.Lock
	root   *os.Root
	gone   bool // beside is no more
}

// OpenRestoring begins one. A folder that holds anything is refused; what a
// restore that crashed left beside it is removed.
func OpenRestoring(to string) (*Restoring, error) {
	folder, err := filepath.Abs(to)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, exit.Fail(exit.Data, "name a new folder", err)
	}
	if len(entries) > 0 {
		return nil, exit.Fail(exit.Data, "name a new folder; what is there may be all there is of it",
			fmt.Errorf("%s is not empty: it holds %s", folder, entries[0].Name()))
	}
	r := &Restoring{folder: folder, beside: filepath.Join(filepath.Dir(folder), "."+filepath.Base(folder)+".restoring")}
	if _, err := os.Stat(filepath.Dir(folder)); err != nil {
		return nil, noFolder(filepath.Dir(folder), err)
	}
	if err := r.clear(); err != nil {
		return nil, err
	}
	if r.lock, err = sqlitedb.LockFolder(r.beside); err != nil {
		return nil, besideHint(err, folder)
	}
	if r.root, err = os.OpenRoot(r.beside); err != nil {
		return nil, errors.Join(err, r.lock.Close())
	}
	return r, nil
}

func besideHint(err error, folder string) error {
	if errors.Is(err, fs.ErrPermission) {
		return exit.Fail(exit.Permission, "restore as root, or into a folder inside of one that is yours",
			fmt.Errorf("a restore makes its folder beside %s first: %w", folder, err))
	}
	return err
}

// clear removes what an earlier restore left, unless it is still at work.
func (r *Restoring) clear() error {
	if _, err := os.Lstat(r.beside); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	lock, err := sqlitedb.LockFolder(r.beside)
	if errors.Is(err, sqlitedb.ErrLocked) {
		return exit.Fail(exit.Locked, "wait until it is done", errors.New("another restore into this folder is at work"))
	}
	if err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(r.beside), lock.Close())
}

// Discard removes what did not come to its place. It may follow commit.
func (r *Restoring) Discard() {
	if !r.gone {
		os.RemoveAll(r.beside) // the next restore tries again
	}
	r.root.Close()
	r.lock.Close()
}

// Unpack reads all parts. They are looked at only once all are whole.
func (r *Restoring) Unpack(from *os.File, key keys.Identity, watch func(done, total int)) (m backup.Manifest, err error) {
	info, err := from.Stat()
	if err != nil {
		return m, err
	}
	read := 0
	source := &counting{from, context.Background(), func(n int) { read += n; watch(read, int(info.Size())) }}
	err = backup.Read(source, key,
		func(got backup.Manifest) error { m = got; return nil },
		func(p backup.Part) (io.WriteCloser, error) {
			if err := r.root.MkdirAll(filepath.Dir(p.Name), 0o700); err != nil {
				return nil, err
			}
			f, err := r.root.OpenFile(p.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			return synced{f}, err
		})
	return m, err
}

// synced is a file that is durable once it is closed.
type synced struct{ *os.File }

func (s synced) Close() error { return errors.Join(s.Sync(), s.File.Close()) }

// Revive checks what was unpacked and makes it a till that begins an epoch and
// a headquarters that begins an incarnation.
func (r *Restoring) Revive(ctx context.Context, m backup.Manifest, watch progress) (Restored, error) {
	done := Restored{Folder: r.folder, At: m.At.Time(), Release: m.Release, Config: []string{}}
	if m.Retired {
		return done, exit.Fail(exit.Data, "`loyaltyd hq import` takes it over", errors.New("the file is of a headquarters that retired, and no backup"))
	}
	for _, p := range m.Parts {
		if filepath.Dir(p.Name) == "config" {
			done.Config = append(done.Config, filepath.Join(r.folder, p.Name))
		}
	}
	if m.Terminal != nil {
		if err := r.reviveTill(ctx, m, &done, watch); err != nil {
			return done, err
		}
	}
	if m.Headquarters != nil {
		if err := r.reviveHeadquarters(ctx, m, &done, watch); err != nil {
			return done, err
		}
	}
	return done, nil
}

// errOther says that the inside of a backup is not what its manifest says.
var errOther = fmt.Errorf("what it holds is not what its manifest says: %w", backup.ErrDamaged)

func (r *Restoring) reviveTill(ctx context.Context, m backup.Manifest, done *Restored, watch progress) error {
	var id datadir.Identity
	if err := keys.ReadFile(datadir.KeyFile(r.beside), &id); err != nil {
		return err
	}
	if err := offline.UpgradeCopy(ctx, r.beside); err != nil {
		return err
	}
	report, err := offline.CheckCopy(ctx, r.beside, watch("checking the journal"))
	if err != nil {
		return err
	}
	if report.Terminal != id.Terminal || id.Terminal != m.Terminal.ID || report.Head != m.Terminal.Head ||
		len(report.Findings) > m.Terminal.Findings {
		return errOther
	}
	done.Terminal, done.Findings = id.Terminal.String(), len(report.Findings)
	return offline.BeginAnew(r.beside, id.Terminal, report.Head.Epoch+epochsSince(m.At.Time(), time.Now()))
}

// epochStep is how far apart in time two restores of one backup begin different
// epochs. The old machine may have begun some of its own since the backup, and
// a restore may be restored over: the same epoch on two branches would shut the
// terminal out.
const epochStep = 10 * time.Minute

// epochsSince gives how many epochs to leave out.
func epochsSince(at, now time.Time) ledger.Epoch {
	const most = 1 << 24 // 300 years
	return ledger.Epoch(min(most, max(0, now.Sub(at)/epochStep)))
}

func (r *Restoring) reviveHeadquarters(ctx context.Context, m backup.Manifest, done *Restored, watch progress) error {
	if err := r.checkHeadquarters(ctx, m, watch); err != nil {
		return err
	}
	done.Chain, done.Findings = m.Headquarters.Chain.String(), done.Findings+m.Headquarters.Findings
	var err error
	done.Incarnation, err = custody.Restore(ctx, home.At{Dir: r.beside}, time.Now())
	return err
}

// checkHeadquarters brings what was unpacked to this release's schema, and wants it
// to be what the manifest says.
func (r *Restoring) checkHeadquarters(ctx context.Context, m backup.Manifest, watch progress) error {
	if err := custody.Upgrade(ctx, r.beside); err != nil {
		return err
	}
	state, _, err := checkHeadquarters(ctx, r.beside, watch)
	if err != nil {
		return err
	}
	state.Apart = m.Headquarters.Apart
	if state.Findings > m.Headquarters.Findings {
		return errOther
	}
	state.Findings = m.Headquarters.Findings
	if *state != *m.Headquarters {
		return errOther
	}
	return nil
}

// Commit brings the folder to its place, durable and as one.
func (r *Restoring) Commit() error {
	if err := r.settle(); err != nil {
		return err
	}
	// os.Rename would not take the place of a folder that is there, empty or not.
	if err := syscall.Rename(r.beside, r.folder); err != nil {
		return exit.Fail(exit.IO, "name a new folder on the same disk as the one around it, such as one inside",
			fmt.Errorf("bring the restored folder to its place: %w", err))
	}
	r.gone = true
	return syncPath(filepath.Dir(r.folder))
}

// settle makes every file and folder durable, and whoever owns the place their
// owner.
func (r *Restoring) settle() error {
	owner := filepath.Dir(r.folder)
	if _, err := os.Stat(r.folder); err == nil {
		owner = r.folder
	}
	return filepath.WalkDir(r.beside, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := datadir.GiveToOwner(path, owner); err != nil {
			return err
		}
		return syncPath(path)
	})
}

// syncPath makes a file or folder durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// Restored is `restore --json`.
type Restored struct {
	Folder      string             `json:"folder"`
	At          time.Time          `json:"at"` // of the backup
	Release     string             `json:"release"`
	Terminal    string             `json:"terminal,omitempty"`
	Chain       string             `json:"chain,omitempty"`
	Incarnation ledger.Incarnation `json:"incarnation,omitempty"` // the new one
	Config      []string           `json:"config"`
	Findings    int                `json:"findings"`
	// Unreadable are members of whom neither number nor name is known any more.
	Unreadable int `json:"unreadable_members,omitempty"`
}

// CannotRestore says what to do about a file that cannot be opened.
func CannotRestore(err error, file string) error {
	err = fmt.Errorf("read %s: %w", file, err)
	switch {
	case errors.Is(err, keys.ErrOtherKey):
		return exit.Fail(exit.Data, "use the recovery key that `loyaltyd backup init` showed before this backup was made", err)
	case errors.Is(err, backup.ErrNewer):
		return exit.Fail(exit.Data, "", err)
	case errors.Is(err, syscall.ENOSPC):
		return exit.Fail(exit.IO, "make room there; a restore that failed leaves nothing behind", err)
	case errors.Is(err, backup.ErrDamaged):
		return exit.Fail(exit.Data, "copy the file again from where it came, or use another backup", err)
	}
	return err
}
