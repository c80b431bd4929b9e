package datadir

import (
	"fmt"
	"os"
	"syscall"
)

// GiveToOwner gives a file to whoever owns a folder, where root made it: the
// daemon of another user has to read it.
func GiveToOwner(path, folder string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	var owner syscall.Stat_t
	if err := syscall.Stat(folder, &owner); err != nil {
		return fmt.Errorf("read owner of %s: %w", folder, err)
	}
	return os.Lchown(path, int(owner.Uid), int(owner.Gid))
}
