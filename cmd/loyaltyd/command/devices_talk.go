package command

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/receipt"
)

const (
	// opening is how long a device may take to open, answering how long a printer
	// to print a slip and to answer.
	opening   = 5 * time.Second
	answering = 5 * time.Second
	// afterwards is how long is listened behind what was waited for.
	afterwards = 500 * time.Millisecond
)

// try drives one device and says what it saw.
func (c *console) try(ctx context.Context, one configs.Config, lasts time.Duration) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	passed := &protocol{console: c}
	d, err := terminal.OpenDevicesOver(one, zerolog.Nop(), func(p device.Port) device.Port {
		passed.watched(p)
		return tap{p, passed.passed}
	})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	err = c.tried(ctx, d, one, passed, lasts)
	stop()
	if ran := <-ended; ran != nil && err == nil {
		err = ran
	}
	return err
}

// tried waits until the device is open, and lets it do what it is for.
func (c *console) tried(ctx context.Context, d *terminal.Devices, one configs.Config, passed *protocol, lasts time.Duration) error {
	event := nextOf(ctx, d, opening)
	if event.Kind != device.Online {
		cause := event.Err
		if cause == nil {
			cause = fmt.Errorf("%s does not open", machine.ConfiguredIn(one)[0].Name)
		}
		return exit.Fail(exit.Unavailable, "look at its cable and its switch; may this user open it?", cause)
	}
	switch {
	case len(one.Printers) > 0:
		return c.tryPrinter(ctx, d, passed)
	case len(one.Displays) > 0:
		return c.tryDisplay(ctx, d)
	}
	heard := listenTo(ctx, d, lasts)
	raw := bytes.Join(passed.all(), nil)
	words := scannerWords(raw, heard)
	if len(one.Keypads) > 0 {
		words = keypadWords(raw, heard)
	}
	if configs.IsKeyboard(machine.ConfiguredIn(one)[0].Port) {
		words = append(words, typedWords(raw))
	}
	for _, line := range words {
		fmt.Fprintln(c.out, line)
	}
	return nil
}

// nextOf is the next event, or none.
func nextOf(ctx context.Context, d *terminal.Devices, within time.Duration) device.Event {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case event := <-d.Events:
		return event
	case <-timer.C:
	case <-ctx.Done():
	}
	return device.Event{}
}

// listenTo gathers what comes until a scan or ENTER, and what is right behind it.
func listenTo(ctx context.Context, d *terminal.Devices, lasts time.Duration) (heard []device.Event) {
	end := time.Now().Add(lasts)
	for left := lasts; left > 0; left = time.Until(end) {
		event := nextOf(ctx, d, left)
		if event.Kind == 0 {
			break
		}
		heard = append(heard, event)
		if event.Kind == device.Scanned || event.Key == device.Enter {
			end = time.Now().Add(min(afterwards, time.Until(end)))
		}
	}
	return heard
}

// The lines that a display is tried with: every cell, and letters that tell its
// tables apart.
const (
	triedUpper = "12345678901234567890"
	triedLower = "ABC çöü ğış İŞ é € Я"
)

func (c *console) tryDisplay(ctx context.Context, d *terminal.Devices) error {
	d.Show(triedUpper, triedLower)
	nextOf(ctx, d, afterwards) // an error would come
	fmt.Fprintf(c.out, `Compare the display with these two lines, 20 characters each:
  %s
  %s
nothing at all:        another baud, or its switches say another protocol (--how)
signs amid the text:   another protocol
accents are wrong:     another charset; ascii shows plain letters on any display
plain for accented:    its charset lacks them, and that is as good as it gets
`, triedUpper, triedLower)
	return nil
}

func (c *console) tryPrinter(ctx context.Context, d *terminal.Devices, passed *protocol) error {
	slip := receipt.Slip{Header: receipt.Header{Store: "loyaltyd", Terminal: "devices test"}, At: time.Now(), Rows: []receipt.Row{
		{Left: "Columns", Right: fmt.Sprint(d.Columns())},
		{Left: "Şişli ığdır çöğü İÜ", Right: "12,50 €"},
		{Left: "Чай Ελιές Łódź", Right: "1"},
		{Left: "سكر 한국 煎茶", Right: "2"},
	}}
	if _, err := d.Print(slip); err != nil {
		return err
	}
	var status device.PrinterStatus
	// All of the time, answer or not: a port that closes takes with it what the
	// line has not carried.
	for end := time.Now().Add(answering); ctx.Err() == nil && time.Now().Before(end); {
		switch event := nextOf(ctx, d, time.Until(end)); event.Kind {
		case device.Offline:
			return exit.Fail(exit.IO, "look at its cable", event.Err)
		case device.StatusUpdate:
			status = event.Status
		}
	}
	fmt.Fprintf(c.out, "It says of itself: %s\n", status)
	if len(passed.all()) == 0 {
		fmt.Fprintln(c.out, "It answers nothing: paper and cover are not known, and a receipt that got lost is not noticed. Its cable may have no line back.")
	}
	fmt.Fprint(c.out, `Look at the slip:
nothing at all:          another baud; or it is in another mode (Star: --how star-line)
lines break in two:      set columns to what fits
wrong letters:           another profile; generic-80 and generic-58 use none that differ
odd signs, no pictures:  another profile
`)
	return nil
}
