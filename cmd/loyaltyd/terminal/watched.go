package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// least is how much of a disk must be free for a till to call itself ready:
// SQLite's logs and the next sales need no more.
const least = 16 << 20

// ready says what is missing that a sale needs. Headquarters and devices are
// not.
func (t *Terminal) ready() error {
	return errors.Join(t.Store.Healthy(), hasRoom(t.Config.DataDir), t.keysReadable())
}

func hasRoom(dir string) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		return fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	switch free := int64(disk.Bavail) * disk.Bsize; {
	case disk.Flags&unix.ST_RDONLY != 0:
		return fmt.Errorf("the disk of %s is read-only", dir)
	case free < least:
		return fmt.Errorf("the disk of %s is full: %d MB are free", dir, free>>20)
	}
	return nil
}

// keysReadable reads the keys as the next start would.
func (t *Terminal) keysReadable() error {
	if _, err := datadir.ReadIdentity(t.Config.DataDir); err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	return nil
}

// wholeStatus is what `loyaltyd status --json` says, by the daemon itself.
func (t *Terminal) wholeStatus(ctx context.Context) (any, error) {
	st, err := t.Store.Status(ctx)
	if err != nil {
		return nil, err
	}
	status := NewStatus(st, t.Identity.Name, true)
	status.Training = t.Config.Training
	live, err := t.live(ctx)
	if err != nil {
		return nil, err
	}
	status.Live = &live
	if status.Program, err = datadir.ReadProgramStatus(ctx, t.Store.View, t.Identity, t.program, time.Now()); err != nil {
		return nil, err
	}
	if t.Identity.Own() {
		status.Own = datadir.ReadOwn(ctx, t.Config)
	}
	status.Backup, err = backups.ReadStatus(t.Config, time.Now())
	return status, err
}

// gauges are what metrics say of the till now.
func (t *Terminal) gauges(ctx context.Context) (api.Gauges, error) {
	st, err := t.Store.Status(ctx)
	if err != nil {
		return api.Gauges{}, err
	}
	g := api.Gauges{
		Ready: t.ready() == nil, Unsent: st.Unsent, OldestUnsent: known(st.OldestUnsent), LastContact: known(st.LastContact),
		WALBytes: st.WALBytes, Devices: map[string]bool{},
	}
	for _, rights := range st.OpenRights {
		g.Rights = append(g.Rights, api.RightsGauge{Program: rights.Program, Unit: rights.Unit, Open: rights.Count, Exposure: rights.Rest})
	}
	for _, device := range t.seen.all() {
		g.Devices[device.Name] = device.Online
	}
	if info, err := os.Stat(filepath.Join(datadir.JournalDir(t.Config), "journal.db")); err == nil {
		g.JournalBytes = info.Size()
	}
	if backup, err := backups.ReadRecord(t.Config.DataDir); err == nil {
		g.Backup = backup.At
	}
	return g, nil // without a backup's age where its record cannot be read: status says so
}

func known(at ledger.Millis) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return at.Time()
}
