package stage_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
)

// A thread of ours starts a daemon and ends. The daemon goes on, and can still be
// asked to stop.
func TestOutlivesTheThread(t *testing.T) {
	program := filepath.Join(t.TempDir(), "daemon")
	script := "#!/bin/sh\ntrap 'touch $0.asked; exit' TERM\ntouch $0.up\nwhile :; do sleep 1 & wait; done\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	s := &stage.Stage{Dir: t.TempDir(), Executable: program}
	var daemon *stage.Process
	var err error
	thread := endedThread(func() { daemon, err = s.Start("one", "run") })
	if err != nil {
		t.Fatal(err)
	}
	for exists(program+".up") != nil && open(daemon) {
		runtime.Gosched()
	}
	for unix.Tgkill(os.Getpid(), thread, 0) == nil {
		runtime.Gosched()
	}
	daemon.Stop()
	if err := exists(program + ".asked"); err != nil {
		t.Errorf("the daemon was gone before it was asked to stop: %v", err)
	}
}

// endedThread does something on a system thread that ends then, and says which.
// The process's first thread never ends: it is held while another is taken.
func endedThread(do func()) (id int) {
	done := make(chan bool)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if id = unix.Gettid(); id == os.Getpid() {
			id = endedThread(do)
		} else {
			do()
		}
		close(done)
	}()
	<-done
	return id
}

func exists(path string) error {
	_, err := os.Stat(path)
	return err
}

func open(p *stage.Process) bool {
	select {
	case <-p.Gone():
		return false
	default:
		return true
	}
}
