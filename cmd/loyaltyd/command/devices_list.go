package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
)

func devicesCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "devices", Short: "Keypads, scanners, displays and printers", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(&cobra.Command{
		Use: "list", Short: "What is plugged in, what is configured there, and who has it open", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.devicesList(cmd.Context()) },
	}, devicesTestCommand(c), devicesExplainCommand(c))
	return command
}

// listedDevice is a row of `devices list`: a port of the machine, or a device
// of the configuration that is at none.
type listedDevice struct {
	machine.Port
	Name    string           `json:"name,omitempty"` // in the configuration; empty where nothing is configured here
	Kind    string           `json:"kind,omitempty"`
	Missing bool             `json:"missing,omitempty"` // configured, and not plugged in
	Held    []machine.Holder `json:"held_by"`
	State   string           `json:"state,omitempty"` // as the daemon sees it
}

func (c *console) devicesList(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	ports, err := machine.This.Ports()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	rows := listDevices(machine.This, ports, machine.ConfiguredIn(config))
	if live, err := terminal.AskLive(ctx, config.DataDir); err == nil && live != nil {
		tellStates(rows, live.Devices, c.zone)
	}
	if c.json {
		return c.print(rows)
	}
	return c.writeDevices(rows)
}

// listDevices brings ports and configuration together.
func listDevices(m machine.Machine, ports []machine.Port, devices []machine.Configured) []listedDevice {
	rows := make([]listedDevice, 0, len(ports)+len(devices))
	at := map[string]int{}
	for _, port := range ports {
		at[port.Device] = len(rows)
		rows = append(rows, listedDevice{Port: port, Held: m.Holders(port.Device)})
	}
	for _, d := range devices {
		if d.Address != "" {
			rows = append(rows, listedDevice{Port: machine.Port{Path: d.Address, What: "in the network"}, Name: d.Name, Kind: d.Kind, Held: []machine.Holder{}})
			continue
		}
		device, err := m.Resolve(d.Port)
		if i, known := at[device]; err == nil && known {
			rows[i].Path, rows[i].Name, rows[i].Kind = d.Port, d.Name, d.Kind
			continue
		}
		row := listedDevice{Port: machine.Port{Path: d.Port, Device: device}, Name: d.Name, Kind: d.Kind, Missing: err != nil, Held: []machine.Holder{}}
		if err == nil {
			row.Held = m.Holders(device)
		}
		rows = append(rows, row)
	}
	return rows
}

func tellStates(rows []listedDevice, states []terminal.DeviceState, zone *time.Location) {
	for i := range rows {
		for _, state := range states {
			if rows[i].Name == state.Name && state.Name != "" {
				rows[i].State = state.Words(zone)
			}
		}
	}
}

func (c *console) writeDevices(rows []listedDevice) error {
	if len(rows) == 0 {
		fmt.Fprintln(c.talk, "nothing is plugged in, and no device is configured")
		return nil
	}
	var list table
	list.row("PORT", "IS", "CONFIGURED", "HELD BY", "STATE")
	for _, row := range rows {
		what, name := row.What, "-"
		if row.Missing {
			what = "NOT PLUGGED IN"
		}
		if row.Name != "" {
			name = fmt.Sprintf("%s %q", row.Kind, row.Name)
		}
		list.row(row.Path, what, name, machine.HolderWords(row.Held), row.State)
	}
	err := list.write(c.out)
	fmt.Fprint(c.talk, whatToWrite(rows))
	return err
}
