package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

func lookAtConfig(_ context.Context, p *patient, t teller) {
	problems := NamedProblems(p.config)
	if refused, ok := errors.AsType[*configs.Error](p.configErr); ok {
		problems = append(refused.Problems, problems...)
	} else if p.configErr != nil {
		t.wrong("make it readable for the daemon's user", "%v", p.configErr)
	}
	for _, problem := range problems {
		t.wrong("correct it there; `loyaltyd config check` says when it is right", "%s", problem)
	}
	unread := false
	for _, file := range append(slices.Clone(p.config.Files), p.config.ProgramFile) {
		if err := backups.DaemonMayRead(file, p.config.DataDir); file != "" && err != nil {
			t.wrong("chmod a+r "+file+", and a+x the folders it is in", "%v", err)
			unread = true
		}
	}
	if len(problems) == 0 && p.configErr == nil && !unread {
		t.ok("nothing is wrong with it")
	}
}

func lookAtFolder(_ context.Context, p *patient, t teller) {
	dir := p.config.DataDir
	var stat syscall.Stat_t
	switch err := syscall.Stat(dir, &stat); {
	case errors.Is(err, fs.ErrNotExist):
		t.note("`loyaltyd run` makes it at its first start", "%s is not there yet", dir)
		return
	case err != nil:
		t.wrong("ask as root, or as the user who owns it", "%s: %v", dir, err)
		return
	}
	if mode := stat.Mode & 0o777; mode&0o077 != 0 {
		t.wrong("chmod 700 "+dir, "%s has mode %#o: others on this machine can enter it, and no daemon starts", dir, mode)
		return
	}
	owner := backups.UserName(stat.Uid)
	if strangers := strangersIn(dir, stat.Uid); len(strangers) > 0 {
		t.wrong(fmt.Sprintf("chown -R %s: %s", owner, dir), "%s belongs to %s, and %s in it to another user: the daemon cannot open it", dir, owner, strangers[0])
		return
	}
	t.ok("%s, mode 0700, of user %s", dir, owner)
}

// strangersIn gives the files in a folder that are not its owner's.
func strangersIn(dir string, owner uint32) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // another user's folder: nothing can be said
	}
	for _, entry := range entries {
		var stat syscall.Stat_t
		if syscall.Lstat(filepath.Join(dir, entry.Name()), &stat) == nil && stat.Uid != owner {
			names = append(names, entry.Name())
		}
	}
	return names
}

const (
	// scarceBytes is what a busy till writes in some months, with a backup.
	scarceBytes = 1 << 30
	// fullBytes is where a day may not end any more.
	fullBytes = 100 << 20
)

func lookAtDisk(_ context.Context, p *patient, t teller) {
	var disk unix.Statfs_t
	if err := unix.Statfs(p.config.DataDir, &disk); err != nil {
		return // there is no folder yet, which was said
	}
	free := int64(disk.Bavail) * disk.Bsize
	switch {
	case disk.Flags&unix.ST_RDONLY != 0:
		t.wrong("look at the disk (`dmesg`), then `mount -o remount,rw`", "the disk of %s is read-only", p.config.DataDir)
	case free < fullBytes:
		t.wrong("free some: nothing can be sold with points on a full disk", "%d MB are free", free>>20)
	case free < scarceBytes:
		t.note("free some before it is full", "%d MB are free", free>>20)
	default:
		t.ok("%d GB are free", free>>30)
	}
}

// lookAtKey says where the key lives that a copied database does not have.
func lookAtKey(_ context.Context, p *patient, t teller) {
	for _, name := range []string{"key", "hq.key"} {
		path := filepath.Join(p.config.DataDir, name)
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			t.wrong("ask as root, or as the user who owns the folder", "%v", err)
		case info.Mode().Perm()&0o077 != 0:
			t.wrong("chmod 600 "+path, "%s has mode %#o: others on this machine can read it", path, info.Mode().Perm())
		default:
			t.note("put the folder on an encrypted disk, where the machine can be stolen",
				"%s is a file beside the database: a copied database tells no phone number, a copied folder does", path)
		}
	}
}

func lookAtDatabase(_ context.Context, p *patient, t teller) {
	switch {
	case errors.Is(p.tillErr, sqlitedb.ErrOlderSchema):
		t.note("start its daemon", "an older release wrote it: the daemon brings it up to date when it starts")
	case p.tillErr != nil:
		t.wrong("start the till and read its log; `loyaltyd verify` says what is damaged", "%v", p.tillErr)
	case p.live != nil && p.live.Storage != "":
		t.wrong("free the disk or mend it: the till tries again by itself", "nothing can be written: %s", p.live.Storage)
	case p.till != nil && p.till.WALBytes > 64<<20:
		t.wrong("end whoever reads it for so long, or restart the till", "%d MB stand in write-ahead logs: somebody holds a read open", p.till.WALBytes>>20)
	case p.till != nil && !inWAL(filepath.Join(p.config.DataDir, "journal.db")):
		t.wrong("restart the till: it sets the mode", "the journal is not in WAL mode: another program changed it")
	case p.till != nil:
		t.ok("SQLite %s, WAL, %d entries in epoch %d", sqlitedb.Version(), p.till.Head.Seq, p.till.Head.Epoch)
	}
}

// inWAL reads the file format's read and write versions, both 2 in WAL mode:
// https://www.sqlite.org/fileformat2.html, 1.3.
func inWAL(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	var header [20]byte
	_, err = io.ReadFull(file, header[:])
	return err == nil && header[18] == 2 && header[19] == 2
}
