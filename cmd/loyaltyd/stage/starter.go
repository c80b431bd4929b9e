package stage

import (
	"os/exec"
	"runtime"
	"sync"
)

// A start is a command to be started, and where its error goes.
type start struct {
	cmd *exec.Cmd
	err chan error
}

// starter is one goroutine that keeps its system thread and never ends.
var starter = sync.OnceValue(func() chan<- start {
	starts := make(chan start)
	go func() {
		runtime.LockOSThread()
		for s := range starts {
			s.err <- s.cmd.Start()
		}
	}()
	return starts
})

// startForGood starts a command that ends with this process. Linux sends the
// signal when the *thread* that started it ends, and a thread of ours may end long
// before the process: one that took another user's place, for instance.
func startForGood(cmd *exec.Cmd) error {
	s := start{cmd, make(chan error, 1)}
	starter() <- s
	return <-s.err
}
