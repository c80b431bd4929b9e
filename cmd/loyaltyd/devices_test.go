package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/sim"
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
	config.Displays = []configs.Display{{Name: "glass", Serial: configs.Serial{Port: glass.Path(), Baud: 115200}, Protocol: "cd5220"}}
	config.Printers = []configs.Printer{{Name: "paper", Address: paper.Path(), Profile: "epson-42"}}
	d, err := openDevices(config, zerolog.New(io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(within(t, 10*time.Second))
	ended := make(chan error, 1)
	go func() { ended <- d.run(ctx) }()
	for online := 0; online < 2; {
		select {
		case event := <-d.events:
			if event.Kind == device.Online {
				online++
			}
		case <-ctx.Done():
			t.Fatal("the devices did not come online")
		}
	}
	d.Show("Good day", "and welcome")
	d.print(receipt.Receipt{Header: receipt.Header{Store: "Corner shop"}, Currency: "TRY", Total: 12345})
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
