package story_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// manager is the service manager's end of the socket.
type manager struct {
	t    *testing.T
	conn *net.UnixConn
}

// newManager makes this process believe that a service manager started it, with
// a watchdog.
func newManager(t *testing.T, watchdog string) manager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", watchdog)
	t.Setenv("WATCHDOG_PID", "")
	return manager{t, conn}
}

// hears waits for a message that begins with the words.
func (m manager) hears(words string, within time.Duration) (string, bool) {
	m.t.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		m.t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	for {
		n, err := m.conn.Read(buffer)
		if err != nil {
			return "", false // the deadline
		}
		if text := string(buffer[:n]); strings.HasPrefix(text, words) {
			return text, true
		}
	}
}

// hearsNotReached waits until it is told that headquarters is not reached, and since when.
func (m manager) hearsNotReached() {
	m.t.Helper()
	for {
		said, ok := m.hears("WATCHDOG=1", 5*time.Second)
		if !ok {
			m.t.Error("headquarters that is not reached does not stand in the status")
		}
		if !ok || strings.Contains(said, "not reached since") {
			return
		}
	}
}

// A hub tells its manager since when headquarters is not reached, and lives on.
func TestSupervisedHub(t *testing.T) {
	m := newManager(t, "200000")
	config := shop.KeptTill(t)
	config.Hub.Listen = "127.0.0.1:0"
	key, err := os.ReadFile(datadir.KeyFile(config.DataDir))
	if err != nil {
		t.Fatal(err)
	}
	key = bytes.Replace(key, []byte("{"), []byte(`{"hub": true,`), 1)
	if err := os.WriteFile(datadir.KeyFile(config.DataDir), key, 0o600); err != nil {
		t.Fatal(err)
	}
	var diary bytes.Buffer
	hub, err := terminal.OpenHub(t.Context(), config, zerolog.New(zerolog.SyncWriter(io.MultiWriter(t.Output(), &diary))))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, hub)
	m.hearsNotReached()
	stop()
	if !strings.Contains(diary.String(), "hub is closed") {
		t.Error("its diary does not say that it ended")
	}
}

// A till tells its manager that it is open, how it is, that it lives, and that
// it stops.
func TestSupervised(t *testing.T) {
	m := newManager(t, "200000")
	till, err := terminal.Open(t.Context(), shop.KeptTill(t), zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, till)
	if said, ok := m.hears("READY=1", 5*time.Second); !ok || !strings.Contains(said, "STATUS=1 unsent") {
		t.Errorf("at the start: %q", said)
	}
	m.hearsNotReached()
	stop()
	if _, ok := m.hears("STOPPING=1", 5*time.Second); !ok {
		t.Error("the stop was not told")
	}
}

// stuckLog holds up whoever writes that a device came online, as a pipe that
// nobody reads would.
type stuckLog struct{ writing, free chan struct{} }

func (l stuckLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("device online")) {
		close(l.writing)
		<-l.free
	}
	return len(line), nil
}

// A counter that hangs misses the watchdog; one that moves again does not.
func TestDeadlockMissesWatchdog(t *testing.T) {
	m := newManager(t, "100000") // told every 50 ms
	config := shop.KeptTill(t)
	config.Keypads = []configs.Keypad{{Name: "keypad", Serial: configs.Serial{
		Port: filepath.Join(t.TempDir(), "keypad"), Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1}}}
	log := stuckLog{make(chan struct{}), make(chan struct{})}
	till, err := terminal.Open(t.Context(), config, zerolog.New(log))
	if err != nil {
		t.Fatal(err)
	}
	testkit.Runs(t, till)
	free := sync.OnceFunc(func() { close(log.free) })
	t.Cleanup(free)
	if _, ok := m.hears("WATCHDOG=1", 5*time.Second); !ok {
		t.Fatal("a till that lives did not say so")
	}
	keypad, err := sim.NewKeypad(config.Keypads[0].Port)
	if err != nil {
		t.Fatal(err)
	}
	defer keypad.Close()
	<-log.writing
	for began := time.Now(); ; { // what was told before is on its way still
		if _, ok := m.hears("WATCHDOG=1", 400*time.Millisecond); !ok {
			break
		}
		if time.Since(began) > 5*time.Second {
			t.Fatal("a counter that hangs goes on telling that it lives")
		}
	}
	free()
	if _, ok := m.hears("WATCHDOG=1", 5*time.Second); !ok {
		t.Error("a counter that moves again did not say so")
	}
}

// Outside of a service manager nothing is told and nothing is wrong.
func TestUnsupervised(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	ctx, cancel := context.WithCancel(t.Context())
	s := service.Supervised{Turn: func(context.Context) { cancel() }, Status: func(context.Context) string { return "" }, Log: zerolog.New(t.Output())}
	if err := s.Run(ctx, ctx); err != context.Canceled {
		t.Errorf("ended with %v", err)
	}
}
