package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/internal/advice"
)

func devicesTestCommand(c *console) *cobra.Command {
	try := tried{}
	command := &cobra.Command{
		Use: "test NAME|PORT", Short: "Try a device: what it sends or is sent, as hex, and what to configure", Args: cobra.ExactArgs(1),
		Long: `Tries one device while the till is stopped.

NAME is a device of the configuration, tried with its settings. PORT is a path such as
/dev/serial/by-id/… or a host:port, with --as and, for a serial line, --baud. Of a scanner
or keypad that types (/dev/input/by-id/…-event-kbd) each key is shown, too.

A scanner or keypad is listened to: scan or key something. A display shows two lines to
compare, a printer prints a slip.`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.devicesTest(cmd.Context(), args[0], try) },
	}
	flags := command.Flags()
	flags.StringVar(&try.kind, "as", "", "what is at PORT: "+strings.Join(triedKinds, ", "))
	_ = command.RegisterFlagCompletionFunc("as", cobra.FixedCompletions(triedKinds, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	flags.IntVar(&try.baud, "baud", 9600, "of PORT, 8 data bits, no parity, 1 stop bit")
	flags.StringVar(&try.how, "how", "", "a display's protocol, a printer's profile, or the layout of a scanner that types; empty: the most usual")
	flags.DurationVar(&try.lasts, "for", 20*time.Second, "how long to listen")
	return command
}

// tried is what the flags say.
type tried struct {
	kind, how string
	baud      int
	lasts     time.Duration
}

var (
	triedKinds = []string{"scanner", "keypad", "display", "printer"}
	sayWhat    = "say --as " + advice.OneOf(triedKinds)
)

func (c *console) devicesTest(ctx context.Context, what string, try tried) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	one, err := try.pick(config, what)
	if err != nil {
		return err
	}
	if err := free(machine.This, one); err != nil {
		return err
	}
	return c.try(ctx, one, try.lasts)
}

// pick makes a configuration of the one device that is meant.
func (try tried) pick(config configs.Config, what string) (configs.Config, error) {
	one := configs.Default()
	one.Region = config.Region
	add := func(ok bool, add func()) {
		if ok {
			add()
		}
	}
	for _, d := range config.Scanners {
		add(d.Name == what, func() { one.Scanners = append(one.Scanners, d) })
	}
	for _, d := range config.Keypads {
		add(d.Name == what, func() { one.Keypads = append(one.Keypads, d) })
	}
	for _, d := range config.Displays {
		add(d.Name == what, func() { one.Displays = append(one.Displays, d) })
	}
	for _, d := range config.Printers {
		add(d.Name == what, func() { one.Printers = append(one.Printers, d) })
	}
	if len(machine.ConfiguredIn(one)) == 1 {
		return one, nil
	}
	if !strings.ContainsAny(what, "/:") && !strings.HasPrefix(what, "COM") {
		return one, exit.Fail(exit.Usage, "`loyaltyd devices list` shows what there is", fmt.Errorf("no device is named %q, and it is no port", what))
	}
	return one, try.at(what, &one)
}

// at puts a device at a port into a configuration.
func (try tried) at(place string, one *configs.Config) error {
	line := configs.Serial{Port: place, Baud: try.baud, DataBits: 8, Parity: "none", StopBits: 1}
	address := ""
	if !strings.Contains(place, "/") && strings.Contains(place, ":") {
		line.Port, address = "", place
	}
	how := func(usual string) string {
		if try.how == "" {
			return usual
		}
		return try.how
	}
	switch try.kind {
	case "scanner":
		one.Scanners = []configs.Scanner{{Name: "tried", Serial: line, Address: address, Protocol: "plain", Layout: how(terminal.UsualLayout)}}
	case "keypad":
		one.Keypads = []configs.Keypad{{Name: "tried", Serial: line, Protocol: "plain"}}
	case "display":
		one.Displays = []configs.Display{{Name: "tried", Serial: line, Protocol: how("epson"), Charset: "pc437"}}
	case "printer":
		one.Printers = []configs.Printer{{Name: "tried", Serial: line, Address: address, Profile: how("generic-80")}}
	case "":
		return exit.Fail(exit.Usage, sayWhat, fmt.Errorf("%s is a port: what is plugged in there?", place))
	default:
		return exit.Fail(exit.Usage, sayWhat, fmt.Errorf("--as %q is no kind of device", try.kind))
	}
	return nil
}

// free refuses a port that somebody has open: each would get half of the bytes.
func free(m machine.Machine, one configs.Config) error {
	d := machine.ConfiguredIn(one)[0]
	if d.Address != "" {
		return nil
	}
	path, err := m.Resolve(d.Port)
	if err != nil {
		return exit.Fail(exit.Unavailable, "`loyaltyd devices list` shows what is plugged in", fmt.Errorf("%s is not there", d.Port))
	}
	if configs.IsKeyboard(d.Port) {
		return nil // the windows have it open, and stand back from a grab
	}
	if holders := m.Holders(path); len(holders) > 0 {
		return exit.Fail(exit.Unavailable, "end it first; the till by `systemctl stop loyaltyd`", fmt.Errorf("%s is held by %s", d.Port, machine.HolderWords(holders)))
	}
	return nil
}

// tap is a port that tells what passes, and asks nothing of who drives it.
type tap struct {
	device.Port
	passed func(from string, b []byte)
}

func (t tap) Run(ctx context.Context, h device.Handler) error {
	return t.Port.Run(ctx, heard{h, t.passed})
}

func (t tap) Write(b []byte) error {
	err := t.Port.Write(b)
	if err == nil {
		t.passed("sent", b)
	}
	return err
}

// heard is a driver whose port tells what came.
type heard struct {
	device.Handler
	passed func(from string, b []byte)
}

func (h heard) Receive(b []byte) {
	h.passed("came", b)
	h.Handler.Receive(b)
}

// protocol keeps what passed, for words about it, and prints it as it passes.
type protocol struct {
	console *console
	mu      sync.Mutex
	came    [][]byte
}

// shownBytes is how many bytes are shown of what passes at once.
const shownBytes = 64

func (p *protocol) passed(from string, b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if from == "came" {
		p.came = append(p.came, slices.Clone(b))
	}
	more := ""
	if len(b) > shownBytes {
		more = fmt.Sprintf(" … %d bytes", len(b))
	}
	fmt.Fprintf(p.console.out, "%s  % x%s\n", from, b[:min(len(b), shownBytes)], more)
}

func (p *protocol) all() [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.came)
}
