package backups

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/release"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
	"github.com/loyaltyd/loyaltyd/staff"
)

// collected is what goes into a backup: files of the work folder and where each
// comes from.
type collected struct {
	manifest backup.Manifest
	paths    map[string]string // by part
	name     string            // of whom it is a backup, for the file's name
	erasures ledger.Millis     // up to which people were left out
	copy     *hq.Copy          // of headquarters, where nothing was found wrong with it
}

// collect takes snapshots of all that a data folder is and checks them.
//
// The journal comes before headquarters. A till is often behind what
// headquarters has of it: restored together they meet as on any day. The other
// way around, headquarters would have forgotten what the till remembers as
// acknowledged. What was told before the journal's snapshot is in it, so its
// time is the backup's.
func collect(ctx context.Context, dataDir, work string, files []string, watch progress) (*collected, error) {
	c := &collected{paths: map[string]string{}}
	c.manifest = backup.Manifest{Release: release.Name, At: ledger.MillisOf(time.Now())}
	till, err := datadir.Exists(datadir.KeyFile(dataDir))
	if err != nil {
		return nil, err
	}
	chain, err := datadir.Exists(filepath.Join(dataDir, hq.KeyFile))
	if err != nil {
		return nil, err
	}
	if !till && !chain {
		return nil, exit.Fail(exit.Data, "name the data folder with --data",
			fmt.Errorf("%s holds no till and no headquarters", dataDir))
	}
	if till {
		if err := c.takeTill(ctx, dataDir, work, watch); err != nil {
			return nil, err
		}
	}
	if till && chain {
		if err := offline.PartNames(ctx, work); err != nil {
			return nil, snapshotHint(err)
		}
	}
	if chain {
		if err := c.takeHeadquarters(ctx, dataDir, work, watch); err != nil {
			return nil, err
		}
	}
	if err := c.takeStaff(dataDir, work); err != nil {
		return nil, err
	}
	for _, file := range files {
		c.paths["config/"+filepath.Base(file)] = file
	}
	if token := filepath.Join(dataDir, "api.token"); till {
		if there, err := datadir.Exists(token); err != nil || !there {
			return c, errors.Join(err, c.describe())
		}
		c.paths["api.token"] = token
	}
	return c, c.describe()
}

// takeStaff takes who works here, where anybody is known.
func (c *collected) takeStaff(dataDir, work string) error {
	book := filepath.Join(dataDir, staff.FileName)
	if there, err := datadir.Exists(book); err != nil || !there {
		return err
	}
	return c.copyKey(book, work, staff.FileName)
}

func (c *collected) takeTill(ctx context.Context, dataDir, work string, watch progress) error {
	var id datadir.Identity
	if err := keys.ReadFile(datadir.KeyFile(dataDir), &id); err != nil {
		return err
	}
	if err := offline.CopyJournal(ctx, dataDir, work); err != nil {
		return snapshotHint(err)
	}
	report, err := offline.CheckCopy(ctx, work, watch("checking the journal"))
	if err != nil {
		var dir string
		if dir, err = upgraded(work); err == nil {
			err = offline.UpgradeCopy(ctx, dir)
		}
		if err == nil {
			report, err = offline.CheckCopy(ctx, dir, watch("checking the journal"))
		}
	}
	if err != nil {
		return err
	}
	c.manifest.Terminal = &backup.Till{ID: id.Terminal, Name: id.Name, Head: report.Head, Findings: len(report.Findings)}
	c.name = id.Terminal.String()
	c.paths[offline.JournalFile] = filepath.Join(work, offline.JournalFile)
	return c.copyKey(datadir.KeyFile(dataDir), work, "key")
}

func (c *collected) takeHeadquarters(ctx context.Context, dataDir, work string, watch progress) error {
	if err := custody.CopyDatabase(ctx, dataDir, work); err != nil {
		return snapshotHint(err)
	}
	if err := c.copyKey(filepath.Join(dataDir, hq.KeyFile), work, hq.KeyFile); err != nil {
		return err
	}
	if err := custody.Upgrade(ctx, work); err != nil { // the daemon of an older release may have written it
		return err
	}
	state, copied, err := checkHeadquarters(ctx, work, watch)
	if err == nil {
		c.erasures, err = takePersons(ctx, work)
	}
	if err != nil {
		return err
	}
	state.Apart, c.manifest.Headquarters = true, state
	if state.Findings == 0 {
		copied.At = c.manifest.At
		c.copy = &copied
	}
	if c.name == "" {
		c.name = state.Chain.String()
	}
	c.paths[hq.DatabaseFile] = filepath.Join(work, hq.DatabaseFile)
	return nil
}

// upgraded copies the journal aside, to be checked with this release's schema: the
// daemon of an older release may have written it, and the backup holds it as it
// was.
func upgraded(work string) (dir string, err error) {
	dir = filepath.Join(work, "upgraded")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return dir, err
	}
	from, err := os.Open(filepath.Join(work, offline.JournalFile))
	if err != nil {
		return dir, err
	}
	to, err := os.OpenFile(filepath.Join(dir, offline.JournalFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = io.Copy(to, from)
		err = errors.Join(err, to.Close())
	}
	return dir, errors.Join(err, from.Close())
}

// copyKey takes a key file as it is now: what is backed up is what was checked.
func (c *collected) copyKey(from, work, name string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	c.paths[name] = filepath.Join(work, name)
	return os.WriteFile(c.paths[name], text, 0o600)
}

// checkHeadquarters walks a headquarters at rest, and says what it has.
func checkHeadquarters(ctx context.Context, dir string, watch progress) (state *backup.Headquarters, copied hq.Copy, err error) {
	look, err := hq.OpenReadOnly(ctx, hq.Options{Dir: dir, Now: time.Now})
	if err != nil {
		return nil, copied, err
	}
	defer look.Close()
	done := watch("checking headquarters")
	findings, err := look.Verify(ctx, func(rows int) { done(rows, 0) })
	if err != nil {
		return nil, copied, err
	}
	if state, err = stateOf(ctx, look); err != nil {
		return nil, copied, err
	}
	state.Findings = len(findings)
	copied, err = look.Copy(ctx)
	return state, copied, err
}

// stateOf says which headquarters it is.
func stateOf(ctx context.Context, look *hq.Look) (*backup.Headquarters, error) {
	status, err := look.Status(ctx)
	return &backup.Headquarters{
		Chain: status.Chain, Incarnation: status.Incarnation, Entries: status.Entries, Terminals: status.Terminals,
	}, err
}

// takePersons parts a copy of headquarters from what opens it to people.
func takePersons(ctx context.Context, work string) (serial ledger.Millis, err error) {
	look, err := hq.OpenReadOnly(ctx, hq.Options{Dir: work, Now: time.Now})
	if err != nil {
		return 0, err
	}
	serial, err = writePersonsTo(ctx, look, work)
	if err = errors.Join(err, look.Close()); err != nil {
		return 0, err
	}
	return serial, snapshotHint(custody.PartPersons(ctx, work))
}

// partOrder is the order of the parts; configuration comes last.
var partOrder = []string{"key", hq.KeyFile, offline.JournalFile, hq.DatabaseFile, "api.token", staff.FileName}

// describe hashes every part.
func (c *collected) describe() error {
	for _, name := range partOrder {
		if err := c.add(name); err != nil {
			return err
		}
	}
	for name := range c.paths {
		if filepath.Dir(name) != "config" {
			continue
		}
		if err := c.add(name); err != nil {
			return err
		}
	}
	return nil
}

func (c *collected) add(name string) error {
	path := c.paths[name]
	if path == "" {
		return nil
	}
	part, err := describePart(name, path)
	if err != nil {
		return err
	}
	c.manifest.Parts = append(c.manifest.Parts, part)
	return nil
}

func (c *collected) open(p backup.Part) (io.ReadCloser, error) { return os.Open(c.paths[p.Name]) }

// size is what the parts have together.
func (c *collected) size() (total int64) {
	for _, p := range c.manifest.Parts {
		total += p.Size
	}
	return total
}
