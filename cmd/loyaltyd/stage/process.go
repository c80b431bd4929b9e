package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Process is one of our daemons, started with a configuration file of its own.
type Process struct {
	name string
	cmd  *exec.Cmd
	gone chan struct{} // closed when it ended
}

// stopLimit is how long a daemon may drain before it is killed.
const stopLimit = 10 * time.Second

// Start runs `loyaltyd verb` with the configuration of this name, behind the
// words of wrapper if there are any, and keeps its log beside.
func (s *Stage) Start(name, verb string, wrapper ...string) (*Process, error) {
	log, err := os.OpenFile(s.LogFile(name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own
	words := append(slices.Clone(wrapper), s.Executable, verb, "--config", s.Config(name))
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = s.environment()
	// A demo that is killed takes its daemons with it (see startForGood). Each has
	// a group of its own, so that a signal reaches the daemon behind a wrapper too.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := startForGood(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{name: name, cmd: cmd, gone: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // its log says why
		close(p.gone)
	}()
	return p, nil
}

// Stop drains a daemon, and kills it where it does not.
func (p *Process) Stop() {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.gone:
	case <-time.After(stopLimit):
		p.Kill()
	}
}

// PID is the daemon's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Reload asks a daemon to read its configuration again.
func (p *Process) Reload() { p.signal(syscall.SIGHUP) }

// signal reaches the whole group. One that is gone gets none: its number may be
// another's by now.
func (p *Process) signal(s syscall.Signal) {
	select {
	case <-p.gone:
	default:
		_ = syscall.Kill(-p.cmd.Process.Pid, s) // it may end this very moment
	}
}

// Gone is closed when the daemon has ended.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// Kill ends a daemon as a power cut would, and waits until it is gone.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	<-p.gone
}

// Ask runs a command against a till or headquarters and decodes its JSON; that of an
// answer that is no too.
func (s *Stage) Ask(ctx context.Context, into any, name string, args ...string) error {
	return s.AskWith(ctx, "", into, name, args...)
}

// AskWith is Ask of a command that reads its standard input.
func (s *Stage) AskWith(ctx context.Context, input string, into any, name string, args ...string) error {
	asked := strings.Join(args, " ")
	args = append(args, "--config", s.Config(name), "--data", s.Folder(name), "--json")
	cmd := exec.CommandContext(ctx, s.Executable, args...)
	cmd.Env, cmd.Stdin = s.environment(), strings.NewReader(input)
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return err
	}
	if err != nil {
		_ = json.Unmarshal(out.Bytes(), into) // an answer that is no says why; no other wrote one
		return fmt.Errorf("%s of %s: exit %d: %s", asked, name, ended.ExitCode(), lastLine(talk.String()))
	}
	return json.Unmarshal(out.Bytes(), into)
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// environment is ours without what would configure a daemon beside its file, and
// the stage's own, which goes before it.
func (s *Stage) environment() (out []string) {
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "LOYALTYD_") {
			out = append(out, pair)
		}
	}
	return append(out, s.Env...)
}
