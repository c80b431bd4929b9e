// Package stage puts a chain on one machine: headquarters and the tills of a
// store as processes of their own, devices on pseudo-terminals, and a network
// between them that can be cut. The demo tells its story on it, and end-to-end
// tests break it.
package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/device/sim"
)

// Stage is the chain. Dir keeps the folders, configurations and logs.
type Stage struct {
	Dir        string
	Executable string
	Env        []string // beside the process's own
	Database   string   // headquarters' PostgreSQL; empty: hq.db in its folder
	Program    string   // headquarters' program file; empty: the starter

	Network *Network
	HQ      *Process
	Hub     Hub // its Process is nil where the store has none
	Lanes   []*Lane
}

// Lane is a till with its devices.
type Lane struct {
	Name    string
	Keypad  *sim.Keypad
	Scanner *sim.Scanner
	Display *sim.Display
	Printer *sim.Printer
	Process *Process
	Address string // of its API and pages, once it was booted: host:port
}

// Ready is what a till's display shows while nobody is served.
const Ready = "Phone, then ENTER"

// Config is the configuration file of a till or headquarters.
func (s *Stage) Config(name string) string { return filepath.Join(s.Dir, name+".yaml") }

// Folder is the data folder of a till or headquarters.
func (s *Stage) Folder(name string) string { return filepath.Join(s.Dir, name) }

// LogFile is where a process's diary is kept.
func (s *Stage) LogFile(name string) string { return filepath.Join(s.Dir, name+".log") }

// Open sets everything up: headquarters, the network, and enrolled tills of
// these names with their devices, each greeting its customers. After an error
// too, Close takes down what stands.
func (s *Stage) Open(ctx context.Context, tills ...string) (err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	if s.Network, err = newNetwork(); err != nil {
		return err
	}
	if err := s.openHeadquarters(ctx); err != nil {
		return fmt.Errorf("open headquarters: %w", err)
	}
	for i, name := range tills {
		if err := s.Join(ctx, name, fmt.Sprintf("Till %d", i+1), "hq", "--store", "demo"); err != nil {
			return fmt.Errorf("open %s: %w", name, err)
		}
	}
	return nil
}

// OpenShop is Open without a headquarters of its own: the first till carries
// it, and the others join there by code.
func (s *Stage) OpenShop(ctx context.Context, tills ...string) (err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	if s.Network, err = newNetwork(); err != nil {
		return err
	}
	first := &Lane{Name: tills[0]}
	s.Lanes = append(s.Lanes, first)
	err = s.equip(first, fmt.Sprintf(ownConfig, s.Network.address))
	if err == nil {
		err = s.Boot(ctx, first)
	}
	if err == nil {
		err = s.Point(ctx, first.Name, first.Process)
	}
	if err != nil {
		return fmt.Errorf("open %s: %w", first.Name, err)
	}
	for i, name := range tills[1:] {
		if err := s.Join(ctx, name, fmt.Sprintf("Till %d", i+2), first.Name); err != nil {
			return fmt.Errorf("open %s: %w", name, err)
		}
	}
	return nil
}

// Point makes the network lead to the headquarters of this name, which listens
// at another port after each start.
func (s *Stage) Point(ctx context.Context, name string, daemon *Process) error {
	var state struct {
		Listen string `json:"listen"`
	}
	err := daemon.until(ctx, func() error {
		if err := s.Ask(ctx, &state, name, "hq", "status"); err != nil {
			return err
		}
		if state.Listen == "" {
			return errors.New("headquarters does not listen yet")
		}
		return nil
	})
	s.Network.lead(name, state.Listen)
	return err
}

// Reopen is Open where the folders stand already: nobody is enrolled, and the
// network is cut until it is restored.
func (s *Stage) Reopen(ctx context.Context, tills ...string) (err error) {
	if s.Network, err = newNetwork(); err != nil {
		return err
	}
	if err := s.openHeadquarters(ctx); err != nil {
		return fmt.Errorf("open headquarters: %w", err)
	}
	s.Network.Cut()
	for _, name := range tills {
		l := &Lane{Name: name}
		s.Lanes = append(s.Lanes, l)
		if err := s.equip(l, s.elsewhere()); err != nil {
			return fmt.Errorf("open %s: %w", name, err)
		}
		if err := s.Boot(ctx, l); err != nil {
			return fmt.Errorf("open %s: %w", name, err)
		}
	}
	return nil
}

func (s *Stage) openHeadquarters(ctx context.Context) (err error) {
	if err := s.configure("hq"); err != nil {
		return err
	}
	s.HQ, err = s.Serve(ctx, "hq")
	return err
}

func (s *Stage) configure(name string) error {
	text := fmt.Sprintf(hqConfig, s.Folder(name), s.Program, s.Network.address, s.Database)
	return os.WriteFile(s.Config(name), []byte(text), 0o600)
}

// Serve starts a process of headquarters, and has the network lead to it too.
func (s *Stage) Serve(ctx context.Context, name string) (*Process, error) {
	daemon, err := s.Start(name, "hq")
	if err != nil {
		return nil, err
	}
	return daemon, s.Point(ctx, name, daemon)
}

// Beside makes the folder of one more process of headquarters, with the key file
// of the first. The caller starts it (Serve) and ends it.
func (s *Stage) Beside(name string) error {
	key, err := os.ReadFile(filepath.Join(s.Folder("hq"), "hq.key"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.Folder(name), 0o700); err != nil {
		return err
	}
	return errors.Join(s.configure(name), os.WriteFile(filepath.Join(s.Folder(name), "hq.key"), key, 0o600))
}

// equip gives a lane its devices and the configuration that names them, and
// its headquarters.
func (s *Stage) equip(l *Lane, headquarters string) error {
	devices := filepath.Join(s.Dir, l.Name+".dev")
	if err := os.MkdirAll(devices, 0o700); err != nil {
		return err
	}
	if err := l.plugIn(devices); err != nil {
		return err
	}
	text := fmt.Sprintf(tillConfig, s.Folder(l.Name), devices) + headquarters + s.nearby()
	return os.WriteFile(s.Config(l.Name), []byte(text), 0o600)
}

// elsewhere leads a till through the network.
func (s *Stage) elsewhere() string {
	return fmt.Sprintf("headquarters:\n  url: https://%s\n", s.Network.address)
}

// Join adds a till that enrolls at the headquarters of this name.
func (s *Stage) Join(ctx context.Context, name, title, hq string, words ...string) error {
	l := &Lane{Name: name}
	s.Lanes = append(s.Lanes, l)
	if err := s.equip(l, s.elsewhere()); err != nil {
		return err
	}
	var issued struct {
		Code string `json:"code"`
	}
	words = append([]string{"hq", "code", "--name", title}, words...)
	if err := s.Ask(ctx, &issued, hq, words...); err != nil {
		return err
	}
	var enrolled struct{}
	if err := s.Ask(ctx, &enrolled, l.Name, "enroll", issued.Code); err != nil {
		return err
	}
	return s.Boot(ctx, l)
}

// Copy adds a lane on a copy of a stopped till's folder, as a cloned disk has it,
// with devices of its own. The caller boots it.
func (s *Stage) Copy(name, of string) (*Lane, error) {
	l := &Lane{Name: name}
	s.Lanes = append(s.Lanes, l)
	if err := s.equip(l, s.elsewhere()); err != nil {
		return l, err
	}
	out, err := exec.Command("cp", "-a", s.Folder(of), s.Folder(name)).CombinedOutput()
	if err != nil {
		return l, fmt.Errorf("copy %s: %w: %s", of, err, out)
	}
	return l, nil
}

// Boot starts a lane's till and waits until it greets and its keypad and scanner
// are open: what is keyed or scanned before that belongs to nobody and is
// dropped. wrapper are words
// to start it behind, such as a tracer's.
func (s *Stage) Boot(ctx context.Context, l *Lane, wrapper ...string) (err error) {
	said, err := os.ReadFile(s.LogFile(l.Name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if l.Process, err = s.Start(l.Name, "run", wrapper...); err != nil {
		return err
	}
	err = l.Process.until(ctx, func() error { return s.inputsOpen(l, len(said)) })
	if err != nil {
		return err
	}
	return l.Display.Wait(ctx, func(_, lower string) bool { return lower == Ready })
}

var errNotOpen = errors.New("its keypad and scanner are not open yet")

// inputsOpen reads in a till's diary, from an offset, that its keypad and its
// scanner are open, and where it listens.
func (s *Stage) inputsOpen(l *Lane, from int) error {
	said, err := os.ReadFile(s.LogFile(l.Name))
	if err != nil {
		return err
	}
	open := map[string]bool{}
	for line := range bytes.Lines(said[from:]) {
		var entry struct{ Message, Device, Address string }
		if json.Unmarshal(line, &entry) != nil {
			continue
		}
		switch entry.Message {
		case "device online":
			open[entry.Device] = true
		case "till is open":
			l.Address = entry.Address
		}
	}
	if !open["keypad"] || !open["scanner"] {
		return errNotOpen
	}
	return nil
}

func (l *Lane) plugIn(dir string) (err error) {
	if l.Keypad, err = sim.NewKeypad(filepath.Join(dir, "keypad")); err != nil {
		return err
	}
	if l.Scanner, err = sim.NewScanner(filepath.Join(dir, "scanner")); err != nil {
		return err
	}
	if l.Display, err = sim.NewDisplay(filepath.Join(dir, "display")); err != nil {
		return err
	}
	l.Printer, err = sim.NewPrinter(filepath.Join(dir, "printer"))
	return err
}

// until asks again and again until there is an answer, or the daemon is gone.
func (p *Process) until(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-p.gone:
			return fmt.Errorf("%s ended: %w", p.name, err)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Drain stops the daemons, tills first, as at the end of a day.
func (s *Stage) Drain() {
	for _, l := range s.Lanes {
		if l.Process != nil {
			l.Process.Stop()
		}
	}
	if s.Hub.Process != nil {
		s.Hub.Process.Stop()
	}
	if s.HQ != nil {
		s.HQ.Stop()
	}
}

// Close takes everything down, whatever stands.
func (s *Stage) Close() {
	s.Drain()
	if s.Network != nil {
		s.Network.Cut()
	}
	for _, l := range s.Lanes {
		l.unplug()
	}
}

func (l *Lane) unplug() {
	if l.Keypad != nil {
		l.Keypad.Close()
	}
	if l.Scanner != nil {
		l.Scanner.Close()
	}
	if l.Display != nil {
		l.Display.Close()
	}
	if l.Printer != nil {
		l.Printer.Close()
	}
}

const hqConfig = `data_dir: %s
program_file: %q
region: TR
currency: TRY
time_zone: Europe/Istanbul
hq:
  listen: 127.0.0.1:0
  public_url: https://%s
  database: %q
`

const tillConfig = `data_dir: %s
sync:
  retry_max: 1s
api:
  listen: 127.0.0.1:0
keypads:
  - {name: keypad, port: %[2]s/keypad}
scanners:
  - {name: scanner, port: %[2]s/scanner}
displays:
  - {name: display, port: %[2]s/display}
printers:
  - {name: printer, port: %[2]s/printer}
`

const ownConfig = `hq:
  listen: 127.0.0.1:0
  public_url: https://%s
`
