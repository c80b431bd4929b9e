package testkit

import (
	"bufio"
	"fmt"
	"os"
	"testing"
)

// ResidentMiB is the memory of a process that is in use, or a part of it.
func ResidentMiB(t testing.TB, pid int, part string) float64 {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib float64
		if n, _ := fmt.Sscanf(lines.Text(), part+": %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	t.Fatal("no ", part)
	return 0
}
