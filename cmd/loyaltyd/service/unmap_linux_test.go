package service

import (
	"os"
	"slices"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// What the loader wrote to, what is writable, and what is no file stays.
func TestUnwritten(t *testing.T) {
	const smaps = `00400000-00403000 r--p 00000000 fe:00 10084358                           /usr/bin/loyaltyd
Rss:                  12 kB
Anonymous:             0 kB
VmFlags: rd mr mw me sd 
00403000-01517000 r-xp 00003000 fe:00 10084358                           /usr/bin/loyaltyd
Rss:               13312 kB
Anonymous:             0 kB
0290b000-0290e000 r--p 0250b000 fe:00 10084358                           /usr/bin/loyaltyd
Rss:                  12 kB
Anonymous:             4 kB
0290e000-02a71000 rw-p 0250e000 fe:00 10084358                           /usr/bin/loyaltyd
Rss:                1100 kB
Anonymous:             0 kB
7f9622000000-7f9622008000 rw-s 00000000 fe:00 11231841                   /var/lib/loyaltyd/journal.db-shm
Rss:                  32 kB
Anonymous:             0 kB
7f9622045000-7f9622047000 r--p 00000000 00:00 0                          [vvar]
Rss:                   0 kB
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0x403000}, {0x403000, 0x1517000}}
	if got := unwritten(smaps); !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

// The program goes on without its pages, and has fewer of them.
func TestUnmapProgram(t *testing.T) {
	before := testkit.ResidentMiB(t, os.Getpid(), "RssFile")
	UnmapProgram()
	if after := testkit.ResidentMiB(t, os.Getpid(), "RssFile"); after >= before {
		t.Errorf("%.1f MiB of files in memory, %.1f before", after, before)
	}
}
