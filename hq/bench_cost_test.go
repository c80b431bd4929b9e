package hq_test

import (
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cost is what work took: by the clock, and of processors, by this process and by
// the database's server.
type cost struct{ wall, client, server time.Duration }

// cpu is all that was used of processors.
func (u cost) cpu() time.Duration { return u.client + u.server }

func (u *cost) add(v cost) { u.wall += v.wall; u.client += v.client; u.server += v.server }

// meter measures; postmaster is 0 where there is no server.
type meter struct{ postmaster int }

func meterOf(b *testing.B, w *world) meter {
	b.Helper()
	if w.database == "" {
		return meter{}
	}
	db := w.behind()
	defer db.Close()
	return meter{postmasterOf(b, db)}
}

func postmasterOf(b *testing.B, db *sql.DB) int {
	b.Helper()
	var text string
	if err := db.QueryRow(`SELECT pg_read_file('postmaster.pid')`).Scan(&text); err != nil {
		b.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.SplitN(text, "\n", 2)[0])
	if err != nil {
		b.Fatal(err)
	}
	return pid
}

// of runs work and says what it took.
func (m meter) of(work func()) cost {
	var before, after syscall.Rusage
	server := m.server()
	syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	start := time.Now()
	work()
	u := cost{wall: time.Since(start)}
	syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	u.client = time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
	u.server = m.server() - server
	return u
}

// server is what the server's processes used so far, those that ended too.
func (m meter) server() time.Duration {
	if m.postmaster == 0 {
		return 0
	}
	const tick = time.Second / 100 // USER_HZ
	ticks := 0
	folders, _ := os.ReadDir("/proc")
	for _, folder := range folders {
		text, err := os.ReadFile("/proc/" + folder.Name() + "/stat")
		if err != nil {
			continue // not a process, or it ended meanwhile
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest) // from the third on: state, parent, …
		if len(fields) < 15 {
			continue
		}
		last := 0
		switch strconv.Itoa(m.postmaster) {
		case folder.Name():
			last = 15 // also children that ended
		case fields[1]:
			last = 13
		}
		for _, field := range fields[min(11, last):last] {
			n, _ := strconv.Atoi(field)
			ticks += n
		}
	}
	return time.Duration(ticks) * tick
}

// perEntry is what one of so many took of processors, in microseconds.
func (u cost) perEntry(n int) float64 { return float64(u.cpu().Microseconds()) / float64(n) }

// each is what one of so many took of processors, in words.
func (u cost) each(n int) string {
	per := func(d time.Duration) string { return fmt.Sprintf("%.0f µs", float64(d.Microseconds())/float64(n)) }
	return per(u.client) + " here and " + per(u.server) + " at the server"
}
