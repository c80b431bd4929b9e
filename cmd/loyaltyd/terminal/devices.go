package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/display"
	"github.com/loyaltyd/loyaltyd/device/evdev"
	"github.com/loyaltyd/loyaltyd/device/keypad"
	"github.com/loyaltyd/loyaltyd/device/lpport"
	"github.com/loyaltyd/loyaltyd/device/pinpad"
	"github.com/loyaltyd/loyaltyd/device/printer"
	"github.com/loyaltyd/loyaltyd/device/scanner"
	"github.com/loyaltyd/loyaltyd/device/serialport"
	"github.com/loyaltyd/loyaltyd/device/tcpport"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/receipt/escpos"
)

// Devices are all of the till's devices as one: what any keypad says comes in,
// what is shown or printed goes to every display or printer.
type Devices struct {
	Events   chan device.Event
	runners  []func(context.Context) error
	keypads  []string
	noPIN    bool // a keypad gives digits only under its maker's own prompt
	scanners map[string]device.Scanner
	displays []device.LineDisplay
	printers []namedPrinter
	trouble  trouble
	language loyalty.Language // in which it is told of
	lent     lentText
	logger   zerolog.Logger
	over     func(device.Port) device.Port // what a driver has for its port
}

type namedPrinter struct {
	device.POSPrinter
	name    string
	profile escpos.Profile
}

const (
	// eventQueue is how many keys may wait for the counter.
	eventQueue = 64
	// defaultColumns is the width of receipt lines where no printer is.
	defaultColumns = 42
)

// OpenDevices makes the drivers; run opens their ports.
func OpenDevices(config configs.Config, log zerolog.Logger) (*Devices, error) {
	return OpenDevicesOver(config, log, func(p device.Port) device.Port { return p })
}

// OpenDevicesOver does so with something between drivers and ports.
func OpenDevicesOver(config configs.Config, log zerolog.Logger, over func(device.Port) device.Port) (*Devices, error) {
	d := &Devices{over: over, Events: make(chan device.Event, eventQueue), scanners: map[string]device.Scanner{},
		language: config.Speaks(), trouble: trouble{of: map[string]complaint{}}, logger: log}
	for _, c := range config.Keypads {
		if err := d.openKeypad(c); err != nil {
			return nil, err
		}
	}
	for _, c := range config.Displays {
		protocol, err := display.Named(c.Protocol)
		if err != nil {
			return nil, err
		}
		set, err := display.SetNamed(c.Charset)
		if err != nil {
			return nil, err
		}
		shown := display.New(c.Name, over(port(c.Serial)), d.Events)
		shown.Protocol, shown.CharacterSet = protocol, set
		d.runners = append(d.runners, shown.Run)
		d.displays = append(d.displays, shown)
	}
	if err := d.openScanners(config); err != nil {
		return nil, err
	}
	return d, d.openPrinters(config)
}

// openKeypad makes a keypad's driver; a pad with a display of its own is one of
// the displays too.
func (d *Devices) openKeypad(c configs.Keypad) error {
	d.keypads = append(d.keypads, c.Name)
	if c.Protocol == "z" {
		pad := pinpad.New(c.Name, d.over(port(c.Serial)), d.Events)
		pad.Prompt, d.noPIN = c.Prompt, d.noPIN || c.Prompt != ""
		d.runners, d.displays = append(d.runners, pad.Run), append(d.displays, pad)
		return nil
	}
	keys, err := keypad.Written(c.Keys)
	if err != nil {
		return exit.Fail(exit.Config, "", fmt.Errorf("keypad %q: %w", c.Name, err))
	}
	line, err := TypedOr(c.Port, UsualLayout, func() device.Port { return port(c.Serial) })
	if err != nil {
		return err
	}
	pad, err := keypad.New(c.Name, d.over(line), keys, d.Events)
	if err != nil {
		return err
	}
	d.runners = append(d.runners, pad.Run)
	return nil
}

// openScanners makes their drivers; their scans come in with the keys.
func (d *Devices) openScanners(config configs.Config) error {
	for _, c := range config.Scanners {
		protocol, err := scanner.Named(c.Protocol)
		if err != nil {
			return err
		}
		line, err := TypedOr(c.Port, c.Layout, func() device.Port { return reached(c.Serial, c.Address) })
		if err != nil {
			return err
		}
		hand := scanner.New(c.Name, d.over(line), d.Events)
		hand.TerminatorTimeout, hand.Protocol = c.TerminatorTimeout, protocol
		d.runners = append(d.runners, hand.Run)
		d.scanners[c.Name] = hand
	}
	return nil
}

func (d *Devices) openPrinters(config configs.Config) error {
	for _, c := range config.Printers {
		profile, err := escpos.Named(c.Profile)
		if err != nil {
			return exit.Fail(exit.Config, "", fmt.Errorf("printer %q: %w", c.Name, err))
		}
		if c.Columns > 0 {
			profile.Columns = c.Columns
		}
		profile.Slow, profile.Face = isSlow(c), faceIn(config.Region)
		paper := printer.New(c.Name, d.over(reached(c.Serial, c.Address)), d.Events)
		paper.Reply, paper.Star = replies[profile.Reply], profile.SpeaksStar()
		d.runners = append(d.runners, paper.Run)
		d.printers = append(d.printers, namedPrinter{paper, c.Name, profile})
	}
	return nil
}

// isKeypad tells keypads from what is only written to.
func (d *Devices) isKeypad(name string) bool { return slices.Contains(d.keypads, name) }

// isScanner tells them, too.
func (d *Devices) isScanner(name string) bool { return d.scanners[name] != nil }

// sound makes a scanner sound.
func (d *Devices) sound(name string, f device.Feedback) {
	if scanner := d.scanners[name]; scanner != nil { // one that types into a page hears nothing
		scanner.Sound(f)
	}
}

// Run drives all ports until the context ends.
func (d *Devices) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, runner := range d.runners {
		g.Go(func() error { return runner(ctx) })
	}
	<-ctx.Done()
	return g.Wait()
}

// Print sends a paper to every printer. It gives the names of those that did
// not take it, and why. A sale never fails for its paper.
func (d *Devices) Print(paper escpos.Paper) (failed []string, err error) {
	for _, p := range d.printers {
		if refused := p.Print(p.profile.Bytes(paper), p.again(paper)); refused != nil {
			failed, err = append(failed, p.name), errors.Join(err, refused)
			d.logger.Warn().Str("device", p.name).Err(refused).Msg("receipt not printed")
		}
	}
	return failed, err
}

// Columns is how wide receipt lines in API answers are.
func (d *Devices) Columns() int {
	if len(d.printers) == 0 {
		return defaultColumns
	}
	return d.printers[0].profile.Columns
}

// log writes what happens to devices; keys are nobody's business.
func (d *Devices) log(event device.Event) {
	switch event.Kind {
	case device.Online:
		d.logger.Info().Str("device", event.Device).Msg("device online")
	case device.Offline:
		d.logger.Warn().Str("device", event.Device).Err(event.Err).Msg("device offline")
	case device.StatusUpdate:
		level := zerolog.InfoLevel
		if event.Status.Err() != nil || event.Status.RecNearEnd {
			level = zerolog.WarnLevel
		}
		d.logger.WithLevel(level).Str("device", event.Device).Stringer("status", event.Status).Msg("device status")
	case device.Misread:
		d.logger.Warn().Str("device", event.Device).Err(event.Err).Msg("device misread")
	}
}

// reached is the port of a device in the network where it has an address, of a
// printer on USB where it has that driver's name, else its serial line.
func reached(line configs.Serial, address string) device.Port {
	switch {
	case address != "":
		return &tcpport.Port{Address: address}
	case configs.IsUSBPrinter(line.Port):
		return &lpport.Port{Path: line.Port}
	}
	return port(line)
}

func port(c configs.Serial) *serialport.Port {
	parities := map[string]serialport.Parity{"none": serialport.None, "odd": serialport.Odd, "even": serialport.Even}
	return &serialport.Port{Path: c.Port, Settings: serialport.Settings{
		Baud: c.Baud, DataBits: c.DataBits, Parity: parities[c.Parity], StopBits: c.StopBits,
	}}
}

// UsualLayout is of what types digits and little more.
const UsualLayout = "us"

// TypedOr is the port of a device that types as a keyboard does, else another.
func TypedOr(path, layout string, other func() device.Port) (device.Port, error) {
	if !configs.IsKeyboard(path) {
		return other(), nil
	}
	keys, err := evdev.Named(layout)
	if err != nil {
		return nil, err
	}
	return &evdev.Port{Path: path, Layout: keys}, nil
}
