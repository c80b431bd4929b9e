package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// daemonMayWrite asks whether whoever owns the data folder may write into
// another one: a stick that root mounted is root's, and a backup that root makes
// there by hand says nothing of those that the daemon makes. The hint is what to
// do. A data folder that is not there yet has no owner, and a target that is not
// there is another fault.
func daemonMayWrite(target, dataDir string) (hint string, err error) {
	var owner syscall.Stat_t
	if err := syscall.Stat(dataDir, &owner); err != nil {
		return "", nil
	}
	err = accessAs(owner.Uid, owner.Gid, target)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	name := userName(owner.Uid)
	return fmt.Sprintf("chown %s: %s (a stick with FAT: mount it with uid=%s)", name, target, name),
		fmt.Errorf("user %s, who runs the daemon, cannot write to %s: %w", name, target, err)
}

// accessAs asks the kernel for another user where this one is root. The thread
// that took the user's place ends with its goroutine.
func accessAs(uid, gid uint32, folder string) error {
	asked := make(chan error)
	go func() {
		if os.Geteuid() == 0 {
			runtime.LockOSThread()
			unix.SetfsgidRetGid(int(gid)) // cannot fail for root; nor the next
			unix.SetfsuidRetUid(int(uid))
		}
		asked <- unix.Faccessat(unix.AT_FDCWD, folder, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	}()
	return <-asked
}
