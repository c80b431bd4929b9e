package command_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// asks is what a command says to who sits there; it tells once it asks.
type asks struct {
	bytes.Buffer
	prompt string
	asked  chan struct{}
}

func (a *asks) Write(p []byte) (int, error) {
	before := strings.Contains(a.String(), a.prompt)
	n, err := a.Buffer.Write(p)
	if !before && strings.Contains(a.String(), a.prompt) {
		close(a.asked)
	}
	return n, err
}

// Whoever interrupts a command that asks her something ends it, and her terminal
// shows again what she keys.
func TestInterruptAtAPrompt(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "backup.age")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	master, keyboard, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer keyboard.Close()
	ctx, interrupt := context.WithCancel(testkit.Within(t, 30*time.Second))
	talk := &asks{prompt: "recovery key", asked: make(chan struct{})}
	ended := make(chan int, 1)
	go func() {
		ended <- command.Run(ctx, []string{"restore", file, "--to", filepath.Join(dir, "new")}, keyboard, &bytes.Buffer{}, talk)
	}()
	<-talk.asked
	interrupt()
	select {
	case code := <-ended:
		if code != exit.Interrupted || !strings.Contains(talk.String(), "loyaltyd: interrupted") {
			t.Errorf("exit %d and %q, want %d", code, talk, exit.Interrupted)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it still asks")
	}
	if shown, err := unix.IoctlGetTermios(int(keyboard.Fd()), unix.TCGETS); err != nil || shown.Lflag&unix.ECHO == 0 {
		t.Errorf("what is keyed stays hidden (%v)", err)
	}
}

// A walk that is interrupted says so, in no words of ours, and what it may mean.
func TestInterruptedWalk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "till")
	till, err := terminal.Open(t.Context(), shop.Config(dir), zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	if err := till.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	for _, args := range []string{"verify", "hq fsck", "hq rebuild", "hq rebuild --check", "members export"} {
		var talk bytes.Buffer
		code := command.Run(ctx, append(strings.Fields(args), "--data", dir), nil, &bytes.Buffer{}, &talk)
		says := talk.String()
		if code != exit.Interrupted || !strings.Contains(says, "loyaltyd: interrupted\nloyaltyd: hint: ") || strings.Contains(says, "context") {
			t.Errorf("%s: exit %d and %q, want %d", args, code, says, exit.Interrupted)
		}
	}
}
