package service

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// UnmapProgram takes the program's own pages out of this process's memory: starting
// touches twice as many as serving does. What is needed again comes back from the
// system's cache as it is touched, a few microseconds for each 64 KiB, and the rest
// the system may give to others. Nothing hangs on it, so nobody is told an error.
func UnmapProgram() {
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, m := range unwritten(string(text)) {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED)
	}
}

// mapping is where a part of a file stands in memory.
type mapping struct{ from, to uintptr }

// unwritten returns the mappings in the text of /proc/self/smaps that are as their
// file is: nothing can write to them, and nothing has. The loader's relocations
// were written to one that is read-only since, and are nowhere else.
func unwritten(smaps string) (found []mapping) {
	var m mapping
	var readOnly bool
	for line := range strings.Lines(smaps) {
		if kib, ok := strings.CutPrefix(line, "Anonymous:"); ok && readOnly && strings.TrimSpace(kib) == "0 kB" {
			found = append(found, m)
		}
		if 'A' <= line[0] && line[0] <= 'Z' {
			continue // more of the same mapping
		}
		var mode, offset, device string
		var inode uint64
		n, _ := fmt.Sscanf(line, "%x-%x %s %s %s %d", &m.from, &m.to, &mode, &offset, &device, &inode)
		readOnly = n == 6 && (mode == "r--p" || mode == "r-xp") && inode != 0
	}
	return found
}
