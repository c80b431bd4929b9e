package terminal

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// A CD5220 display and a printer in the network do what is configured.
func TestConfiguredDevices(t *testing.T) {
	glass, err := sim.NewCD5220(t.TempDir() + "/glass")
	if err != nil {
		t.Fatal(err)
	}
	defer glass.Close()
	paper, err := sim.NewPrinter("tcp:127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer paper.Close()
	config := configs.Default()
	config.Displays = []configs.Display{{Name: "glass", Serial: configs.Serial{Port: glass.Path(), Baud: 115200}, Protocol: "cd5220", Charset: "pc437"}}
	config.Printers = []configs.Printer{{Name: "paper", Address: paper.Path(), Profile: "epson-42"}}
	d, err := OpenDevices(config, zerolog.New(io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(testkit.Within(t, 10*time.Second))
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	for online := 0; online < 2; {
		select {
		case event := <-d.Events:
			if event.Kind == device.Online {
				online++
			}
		case <-ctx.Done():
			t.Fatal("the devices did not come online")
		}
	}
	d.Show("Good day", "and welcome")
	d.Print(receipt.Receipt{Header: receipt.Header{Store: "Corner shop"}, Currency: "TRY", Total: 12345})
	err = glass.Wait(ctx, func(upper, lower string) bool { return upper == "Good day" && lower == "and welcome" })
	if err != nil {
		t.Error(err)
	}
	err = paper.Wait(ctx, func(all []sim.Receipt) bool {
		return len(all) == 1 && strings.Contains(all[0].Text, "Corner shop") && strings.Contains(all[0].Text, "123.45")
	})
	if err != nil {
		t.Error(err)
	}
	stop()
	if err := <-ended; err != nil && err != context.Canceled {
		t.Error(err)
	}
}

// What a device was last troubled by stays known when it is over, with when.
func TestSightings(t *testing.T) {
	config := configs.Default()
	config.Scanners = []configs.Scanner{{Name: "hand", Protocol: "plain"}}
	config.Printers = []configs.Printer{{Name: "paper"}}
	s := newSightings(config)
	at := func(second int) time.Time { return time.Date(2026, 11, 22, 12, 0, second, 0, time.UTC) }
	for i, e := range []device.Event{
		{Device: "hand", Kind: device.Online},
		{Device: "hand", Kind: device.Misread, Err: errors.New("a NUL")},
		{Device: "paper", Kind: device.Online},
		{Device: "paper", Kind: device.StatusUpdate, Status: device.PrinterStatus{Known: true, RecEmpty: true}},
		{Device: "paper", Kind: device.StatusUpdate, Status: device.PrinterStatus{Known: true}},
		{Device: "hand", Kind: device.Offline, Err: errors.New("unplugged")},
		{Device: "hand", Kind: device.Online},
	} {
		e.At = at(i)
		s.device(e)
	}
	want := []DeviceState{
		{Name: "hand", Kind: "scanner", Online: true, Since: new(at(6)), Problem: &deviceProblem{"offline: unplugged", at(5)}},
		{Name: "paper", Kind: "printer", Online: true, Since: new(at(2)), Status: "ready", Problem: &deviceProblem{"paper empty", at(3)}},
	}
	if diff := cmp.Diff(want, s.all()); diff != "" {
		t.Error(diff)
	}
}

// A scanner is told how to sound by what the counter makes of its scans.
func TestScannersSound(t *testing.T) {
	ctx := testkit.Within(t, 10*time.Second)
	hand, err := sim.NewScanner(t.TempDir() + "/hand")
	if err != nil {
		t.Fatal(err)
	}
	defer hand.Close()
	config := configs.Default()
	config.Scanners = []configs.Scanner{{Name: "hand", Serial: configs.Serial{Port: hand.Path(), Baud: 115200}, Protocol: "datalogic"}}
	d, err := OpenDevices(config, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(running) }()
	defer func() { stop(); <-ended }()
	testkit.NextScan(t, ctx, d.Events) // it is online
	for _, f := range []device.Feedback{device.Good, device.Silent, device.Bad} {
		d.sound("hand", f)
	}
	if err := hand.WaitTold(ctx, "BFE"); err != nil {
		t.Error(err)
	}
}
