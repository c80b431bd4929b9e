package story_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A till without devices serves a member by the keyboard of a terminal alone: she is
// enrolled, earns, redeems, and has what the till says after it was started anew.
func TestCheckoutInTmux(t *testing.T) {
	s := newStage(t)
	ctx := testkit.Within(t, time.Minute)
	bare(t, s)
	if code, _, talk := commandtest.Run(t, "checkout", "--config", s.Config("till")); code != exit.Unavailable || !strings.Contains(talk, "loyaltyd run") {
		t.Errorf("without a daemon: exit %d, %s", code, talk)
	}
	daemon := boot(ctx, t, s)
	p := openPane(ctx, t, s)
	p.see("Phone number or card", "Phone, then ENTER", "Online")
	p.key(ayseKeyed)
	if text := p.see("*******0001"); strings.Contains(text, "0532") {
		t.Errorf("a number that is being keyed is shown whole:\n%s", text)
	}
	p.key("Enter")
	p.see("+905320000001", "C Enroll")
	p.key("c")
	p.see("***0001", "0 points")
	p.key("60000")
	p.see("earns 600 points", "base 600 → 600", "Amount        600.00")
	p.key("Enter")
	p.see("now 600 points", "TOTAL TRY", "Balance          600")

	setAside(ctx, t, s)
	p.key("Escape", ayseKeyed, "Enter", "12345")
	p.see("600 points", "500 points can be spent here", "earns 123 points", "G   five")
	p.key("g")
	p.see("to pay 118.45", "earns 118 points", "✓ five", "Reward         -5.00")
	p.key("Enter")
	p.see("now 218 points", "Reward five", "118.45")

	daemon.Stop()
	if text := p.see("The till does not answer"); strings.Contains(text, "now 218 points") {
		t.Errorf("she is still seen:\n%s", text)
	}
	boot(ctx, t, s)
	p.see("The till answers again", "Phone number or card", "+118 points")
	p.key(ayseKeyed, "Enter")
	p.see("218 points", "Amount, then ENTER")
	p.key("C-c")
	p.see("left with 0")
	if diary, err := os.ReadFile(s.LogFile("till")); err != nil || strings.Contains(string(diary), ayseKeyed[1:]) {
		t.Errorf("her number is in the diary, or it cannot be read: %v", err)
	}
}

// A token that is not the till's is refused, and what to do is said.
func TestCheckoutRefused(t *testing.T) {
	s := newStage(t)
	bare(t, s)
	boot(testkit.Within(t, time.Minute), t, s)
	other := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(other, []byte("another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LOYALTYD_API_TOKEN_FILE", other)
	code, _, talk := commandtest.Run(t, "checkout", "--config", s.Config("till"))
	if code != exit.Permission || !strings.Contains(talk, "no valid token") || !strings.Contains(talk, "hint:") {
		t.Errorf("exit %d: %s", code, talk)
	}
}

// Over TLS it is the till's very certificate that is trusted, and no other.
func TestCheckoutOverTLS(t *testing.T) {
	s := newStage(t)
	bare(t, s, "  tls: true\n")
	boot(testkit.Within(t, time.Minute), t, s)
	cert, key := filepath.Join(t.TempDir(), "api.crt"), filepath.Join(t.TempDir(), "api.key")
	if err := terminal.MakeCertificate(cert, key, nil); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LOYALTYD_API_CERTIFICATE_FILE", cert)
	t.Setenv("LOYALTYD_API_KEY_FILE", key)
	code, _, talk := commandtest.Run(t, "checkout", "--config", s.Config("till"))
	if code != exit.Unavailable || !strings.Contains(talk, "somebody answers who does not have the certificate") {
		t.Errorf("exit %d: %s", code, talk)
	}
}

// bare makes a till of its own, without a device, and gives it an address. api are
// more lines about its API.
func bare(t *testing.T, s *stage.Stage, api ...string) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	if err := os.MkdirAll(s.Folder("till"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("data_dir: %s\nregion: TR\ncurrency: TRY\ntime_zone: Europe/Istanbul\napi:\n  listen: %s\n", s.Folder("till"), free.Addr())
	text += strings.Join(api, "")
	if err := os.WriteFile(s.Config("till"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// boot starts the till and waits until it can be seen: then a screen is refused only
// because the test has no terminal.
func boot(ctx context.Context, t *testing.T, s *stage.Stage) (daemon *stage.Process) {
	t.Helper()
	daemon, err := s.Start("till", "run")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(daemon.Stop)
	for ; ; time.Sleep(20 * time.Millisecond) {
		code, _, talk := commandtest.Run(t, "checkout", "--config", s.Config("till"))
		if code == exit.Usage && strings.Contains(talk, "terminal") {
			return daemon
		}
		if ctx.Err() != nil {
			t.Fatalf("it cannot be seen: exit %d, %s", code, talk)
		}
	}
}

// setAside waits until headquarters has set something aside for the till.
func setAside(ctx context.Context, t *testing.T, s *stage.Stage) {
	t.Helper()
	for ; ; time.Sleep(20 * time.Millisecond) {
		_, out, talk := commandtest.Run(t, "status", "--config", s.Config("till"))
		if strings.Contains(out, "set aside for this till") {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("nothing is set aside: %s%s", out, talk)
		}
	}
}

// pane is a terminal of 80 by 24.
type pane struct {
	ctx    context.Context
	t      *testing.T
	socket string
}

// openPane opens the counter in tmux.
func openPane(ctx context.Context, t *testing.T, s *stage.Stage) *pane {
	t.Helper()
	p := &pane{ctx, t, filepath.Join(s.Dir, "tmux")}
	open := p.command("-u", "-f", os.DevNull, "new-session", "-d", "-x", "80", "-y", "24",
		s.Executable+" checkout --config "+s.Config("till")+"; echo left with $?; read wait")
	open.Env = append(os.Environ(), commandtest.Env+"=1", "LC_ALL=C.UTF-8", "TERM=xterm-256color")
	if out, err := open.CombinedOutput(); err != nil {
		t.Fatalf("open a terminal: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = p.command("kill-server").Run() }) // gone already where its pane ended
	return p
}

func (p *pane) command(words ...string) *exec.Cmd {
	return exec.Command("tmux", append([]string{"-S", p.socket}, words...)...)
}

// key presses keys, by tmux's names where they have one.
func (p *pane) key(keys ...string) {
	p.t.Helper()
	if out, err := p.command(append([]string{"send-keys"}, keys...)...).CombinedOutput(); err != nil {
		p.t.Fatalf("press %q: %v: %s", keys, err, out)
	}
}

// see waits until all of these words are on the screen, and returns it.
func (p *pane) see(words ...string) string {
	p.t.Helper()
	for ; ; time.Sleep(20 * time.Millisecond) {
		out, err := p.command("capture-pane", "-p").Output()
		if err != nil {
			p.t.Fatalf("look at the terminal: %v", err)
		}
		missing := ""
		for _, word := range words {
			if !strings.Contains(string(out), word) {
				missing = word
			}
		}
		if missing == "" {
			return string(out)
		}
		if p.ctx.Err() != nil {
			p.t.Fatalf("no %q on the screen:\n%s", missing, out)
		}
	}
}
