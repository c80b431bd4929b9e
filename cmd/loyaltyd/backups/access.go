package backups

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
)

// DaemonMayWrite asks whether the daemon may write into a folder: a stick that
// root mounted is root's, and a backup that root makes there by hand says nothing
// of those that the daemon makes. The hint is what to do.
func DaemonMayWrite(target, dataDir string) (hint string, err error) {
	user, err := daemonMay(unix.W_OK|unix.X_OK, target, dataDir)
	if err == nil {
		return "", nil
	}
	hint = fmt.Sprintf("chown %s: %s (a stick with FAT: mount it with uid=%s)", user, target, user)
	if errors.Is(err, unix.EROFS) {
		hint = "mount it for writing: `mount -o remount,rw`, or move the stick's own switch"
	}
	return hint, fmt.Errorf("user %s, who runs the daemon, cannot write to %s: %w", user, target, err)
}

// DaemonMayMake says why no backup could be written to the configured folder
// now, however fresh the last one is: a stick that was pulled.
func DaemonMayMake(config configs.Config, last Record) error {
	if err := MayWriteTo(config.Backup.Target, true, config.DataDir, last); err != nil {
		return err
	}
	if hint, err := DaemonMayWrite(config.Backup.Target, config.DataDir); err != nil {
		return exit.Fail(exit.Permission, hint, err)
	}
	return nil
}

// DaemonMayRead asks the same of a file that root can read in any case.
func DaemonMayRead(file, dataDir string) error {
	user, err := daemonMay(unix.R_OK, file, dataDir)
	if err != nil {
		return fmt.Errorf("user %s, who runs the daemon, cannot read %s: %w", user, file, err)
	}
	return nil
}

// daemonMay asks for whoever owns the data folder, which root and that user can.
// One that is not there yet has no owner, and a path that is not there is another
// fault.
func daemonMay(mode uint32, path, dataDir string) (user string, err error) {
	var owner syscall.Stat_t
	if err := syscall.Stat(dataDir, &owner); err != nil {
		return "", nil
	}
	if self := os.Geteuid(); self != 0 && self != int(owner.Uid) {
		return "", nil
	}
	if err := accessAs(owner.Uid, owner.Gid, mode, path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return UserName(owner.Uid), err
	}
	return "", nil
}

// accessAs asks the kernel for another user where this one is root. The thread
// that took the user's place ends with its goroutine.
func accessAs(uid, gid, mode uint32, path string) error {
	asked := make(chan error)
	go func() {
		if os.Geteuid() == 0 {
			runtime.LockOSThread()
			unix.SetfsgidRetGid(int(gid)) // cannot fail for root; nor the next
			unix.SetfsuidRetUid(int(uid))
		}
		asked <- unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS)
	}()
	return <-asked
}

// UserName is what a user is called; her number where she has no name.
func UserName(uid uint32) string {
	number := strconv.Itoa(int(uid))
	if found, err := user.LookupId(number); err == nil {
		return found.Username
	}
	return number
}
