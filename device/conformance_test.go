package device_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/display"
	"github.com/loyaltyd/loyaltyd/device/keypad"
	"github.com/loyaltyd/loyaltyd/device/lpport"
	"github.com/loyaltyd/loyaltyd/device/printer"
	"github.com/loyaltyd/loyaltyd/device/scanner"
	"github.com/loyaltyd/loyaltyd/device/serialport"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/device/tcpport"
)

// patience bounds what must happen at once.
const patience = 5 * time.Second

// simulated is what all simulated devices have.
type simulated interface {
	Path() string
	Unplug() error
	Replug() error
	Stall(bool)
	Close() error
}

// transports are the ports a driver may have, and where to plug a device in that
// each of them reaches.
var transports = map[string]struct {
	place func(t *testing.T) string
	port  func(path string) device.Port
}{
	"serial": {
		func(t *testing.T) string { return filepath.Join(t.TempDir(), "tty") },
		func(path string) device.Port { return &serialport.Port{Path: path} },
	},
	"tcp": {
		func(*testing.T) string { return "tcp:127.0.0.1:0" },
		func(address string) device.Port { return &tcpport.Port{Address: address} },
	},
	// A USB printer's device is a character device as a pseudo-terminal is.
	"usb": {
		func(t *testing.T) string { return filepath.Join(t.TempDir(), "lp") },
		func(path string) device.Port { return &lpport.Port{Path: path} },
	},
}

// capabilities plug their device in at a place and put their driver on its port.
var capabilities = map[string]func(t *testing.T, place string, port func(string) device.Port, events chan<- device.Event) trial{
	"Keypad":                     keypadTrial,
	"Scanner":                    scannerTrial(0, "\r\n"),
	"Scanner by silence":         scannerTrial(scanner.InterCharacterTimeout, ""),
	"LineDisplay Epson":          displayTrial(display.Epson, sim.NewDisplay),
	"LineDisplay CD5220":         displayTrial(display.CD5220, sim.NewCD5220),
	"LineDisplay Logic Controls": displayTrial(display.LogicControls, sim.NewLogicControls),
	"LineDisplay Aedex":          displayTrial(display.Aedex, sim.NewAedex),
	"POSPrinter":                 printerTrial,
}

// trial is a device with its driver, and what is asked of them.
type trial struct {
	plugged simulated
	run     func(context.Context) error
	// works fails the test unless the device does what it is for. fresh says
	// that it was plugged in since it was last asked.
	works func(t *testing.T, s *stand, fresh bool)
	// begin leaves something half done, as the plug is pulled.
	begin func()
	// use uses the device as much as can be, and must not block.
	use func()
}

// stand is a trial that runs.
type stand struct {
	trial
	events chan device.Event
	stop   func()
}

func (s *stand) next(t *testing.T) device.Event {
	t.Helper()
	for {
		select {
		case e := <-s.events:
			if e.Device != "it" || e.At.IsZero() {
				t.Fatalf("event without its device or time: %+v", e)
			}
			if e.Kind != device.StatusUpdate {
				return e
			}
		case <-time.After(patience):
			t.Fatal("no event came")
		}
	}
}

func (s *stand) want(t *testing.T, kind device.Kind) device.Event {
	t.Helper()
	e := s.next(t)
	if e.Kind != kind {
		t.Fatalf("event is %v (%v), want %v", e.Kind, e.Err, kind)
	}
	return e
}

// Every driver does its work and survives the same mishaps, over every port.
func TestConformance(t *testing.T) {
	for capability, plugIn := range capabilities {
		for transport, over := range transports {
			if transport == "usb" && capability != "POSPrinter" {
				continue
			}
			for mishap, suffer := range map[string]func(*testing.T, *stand){"plugs": plugs, "ends": ends, "stalls": stalls} {
				t.Run(capability+"/"+transport+"/"+mishap, func(t *testing.T) {
					t.Parallel()
					events := make(chan device.Event, 64)
					suffer(t, start(t, plugIn(t, over.place(t), over.port, events), events))
				})
			}
		}
	}
}

// plugs: one event for each plug that is pulled or put in, and work in between.
func plugs(t *testing.T, s *stand) {
	s.want(t, device.Online)
	s.works(t, s, true)
	s.works(t, s, false)
	s.begin()
	if err := s.plugged.Unplug(); err != nil {
		t.Fatal(err)
	}
	if e := s.want(t, device.Offline); e.Err == nil {
		t.Error("offline without a reason")
	}
	s.use()
	if err := s.plugged.Replug(); err != nil {
		t.Fatal(err)
	}
	s.want(t, device.Online)
	s.works(t, s, true)
}

// ends: after its end a driver has no goroutine and tells nothing more, not even
// that the plug is pulled; nothing minds being closed twice.
func ends(t *testing.T, s *stand) {
	s.want(t, device.Online)
	s.works(t, s, true)
	running := func() bool { return strings.Contains(goroutines(t), t.Name()+`"`) }
	if !running() {
		t.Fatal("the driver's goroutines cannot be told from others")
	}
	s.stop()
	s.stop()
	for deadline := time.Now().Add(patience); running(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("goroutines are left:\n%s", goroutines(t))
		}
	}
	s.use()
	for range 2 {
		if err := s.plugged.Close(); err != nil {
			t.Error(err)
		}
	}
	for len(s.events) > 0 {
		if e := <-s.events; e.Kind != device.StatusUpdate {
			t.Errorf("told %v after the end", e.Kind)
		}
	}
}

// stalls: a device that takes nothing holds up neither who uses it nor the end.
func stalls(t *testing.T, s *stand) {
	s.want(t, device.Online)
	s.plugged.Stall(true)
	began := time.Now()
	for range 200 {
		s.use()
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("using a stalled device took %v", took)
	}
	began = time.Now()
	s.stop()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("ending took %v", took)
	}
}

// start runs a trial, its goroutines labeled with the test's name.
func start(t *testing.T, tried trial, events chan device.Event) *stand {
	t.Helper()
	t.Cleanup(func() { tried.plugged.Close() })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	pprof.Do(ctx, pprof.Labels("test", t.Name()), func(ctx context.Context) {
		go func() { done <- tried.run(ctx); close(done) }()
	})
	s := &stand{trial: tried, events: events}
	s.stop = func() {
		t.Helper()
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(patience):
			t.Error("the driver did not end")
		}
	}
	t.Cleanup(s.stop)
	return s
}

// goroutines lists all goroutines with their labels.
func goroutines(t *testing.T) string {
	t.Helper()
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func keypadTrial(t *testing.T, place string, port func(string) device.Port, events chan<- device.Event) trial {
	plugged, err := sim.NewKeypad(place)
	if err != nil {
		t.Fatal(err)
	}
	keys := keypad.Default()
	keys["\x1bOP"] = device.Menu // a sequence that may be left half
	driver, err := keypad.New("it", port(plugged.Path()), keys, events)
	if err != nil {
		t.Fatal(err)
	}
	return trial{
		plugged: plugged, run: driver.Run,
		works: func(t *testing.T, s *stand, _ bool) {
			if err := plugged.Type("0532\r\nA\x1bOP"); err != nil {
				t.Fatal(err)
			}
			for i, key := range []device.Key{device.Digit0, device.Digit5, device.Digit3, device.Digit2, device.Enter, device.Redeem, device.Menu} {
				if e := s.want(t, device.KeyPressed); e.Key != key {
					t.Fatalf("key %d is number %d, want %d", i, e.Key, key)
				}
			}
		},
		begin: func() { _ = plugged.Type("\x1bO") },
		use:   func() {}, // nothing goes out
	}
}

func scannerTrial(timeout time.Duration, terminator string) func(*testing.T, string, func(string) device.Port, chan<- device.Event) trial {
	return func(t *testing.T, place string, port func(string) device.Port, events chan<- device.Event) trial {
		plugged, err := sim.NewScanner(place)
		if err != nil {
			t.Fatal(err)
		}
		driver := scanner.New("it", port(plugged.Path()), events)
		driver.TerminatorTimeout = timeout
		return trial{
			plugged: plugged, run: driver.Run,
			works: func(t *testing.T, s *stand, _ bool) {
				for _, want := range []device.Scan{
					{AIM: "]C1", Data: []byte("8018520123456789012346\x1d10ABC")},
					{Data: []byte("5901234123457")},
				} {
					if err := plugged.Send(want.AIM + string(want.Data) + terminator); err != nil {
						t.Fatal(err)
					}
					if e := s.want(t, device.Scanned); e.Scan.AIM != want.AIM || !bytes.Equal(e.Scan.Data, want.Data) {
						t.Fatalf("scanned %q %q, want %q %q", e.Scan.AIM, string(e.Scan.Data), want.AIM, string(want.Data))
					}
				}
			},
			begin: func() { _ = plugged.Send("\x02978") },
			use:   func() {}, // nothing goes out
		}
	}
}

func displayTrial(protocol display.Protocol, plug func(string) (*sim.Display, error)) func(*testing.T, string, func(string) device.Port, chan<- device.Event) trial {
	return func(t *testing.T, place string, port func(string) device.Port, events chan<- device.Event) trial {
		plugged, err := plug(place)
		if err != nil {
			t.Fatal(err)
		}
		driver := display.New("it", port(plugged.Path()), events)
		driver.Protocol = protocol
		shows := func(t *testing.T, upper, lower string) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := plugged.Wait(ctx, func(u, l string) bool { return u == upper && l == lower }); err != nil {
				u, l := plugged.Lines()
				t.Fatalf("shows %q, %q; want %q, %q", u, l, upper, lower)
			}
		}
		last := [2]string{"", ""}
		return trial{
			plugged: plugged, run: driver.Run,
			works: func(t *testing.T, _ *stand, fresh bool) {
				if fresh {
					shows(t, last[0], last[1]) // painted whole, unasked
				}
				for _, lines := range [][2]string{
					{"Hoş geldin Ayşe", "120 puan"}, {"Hoş geldin Ayşe", "\x0c\x1b@5 puan"},
					{"ABCDEFGHIJKLMNOPQRSTUVW", "12345678901234567890"}, {"", "é"},
				} {
					driver.Show(lines[0], lines[1])
					shown := strings.NewReplacer("ş", "s", "\x0c\x1b@", "  @", "TUVW", "T").Replace(lines[0] + "|" + lines[1])
					upper, lower, _ := strings.Cut(shown, "|")
					shows(t, upper, lower)
				}
				last = [2]string{"", "é"}
			},
			begin: func() {
				driver.Show(strings.Repeat("x", 20), strings.Repeat("y", 20))
				last = [2]string{strings.Repeat("x", 20), strings.Repeat("y", 20)}
			},
			use: func() {
				driver.Show("USED", "USED")
				last = [2]string{"USED", "USED"}
			},
		}
	}
}

func printerTrial(t *testing.T, place string, port func(string) device.Port, events chan<- device.Event) trial {
	plugged, err := sim.NewPrinter(place)
	if err != nil {
		t.Fatal(err)
	}
	driver := printer.New("it", port(plugged.Path()), events)
	jobs := 0
	return trial{
		plugged: plugged, run: driver.Run,
		works: func(t *testing.T, _ *stand, fresh bool) {
			before := len(plugged.Receipts())
			for range 2 {
				jobs++
				text := fmt.Sprintf("RECEIPT %d\n%s", jobs, strings.Repeat("a line of forty-two columns, more or less\n", 50))
				if err := driver.Print([]byte(text+"\x1dV\x00"), nil); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if err := plugged.Wait(ctx, func(r []sim.Receipt) bool { return len(r) > before }); err != nil {
					t.Fatalf("job %d was not printed", jobs)
				}
				got := plugged.Receipts()[before]
				want := text + "\x1dV\x00"
				if fresh {
					want = "\x1b@" + want
				}
				if string(got.Bytes) != want {
					t.Errorf("printed %q, want %q", got.Bytes, want)
				}
				before, fresh = before+1, false
			}
		},
		begin: func() { _ = driver.Print([]byte("HALF A RECEIPT\x1d(k"), nil) },
		use:   func() { _ = driver.Print(make([]byte, 32<<10), nil) },
	}
}
