package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/configs"
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
	machinePort
	Name    string   `json:"name,omitempty"` // in the configuration; empty where nothing is configured here
	Kind    string   `json:"kind,omitempty"`
	Missing bool     `json:"missing,omitempty"` // configured, and not plugged in
	Held    []holder `json:"held_by"`
	State   string   `json:"state,omitempty"` // as the daemon sees it
}

func (c *console) devicesList(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	ports, err := thisMachine.ports()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	rows := listDevices(thisMachine, ports, configured(config))
	if live, err := askLive(ctx, config.DataDir); err == nil && live != nil {
		tellStates(rows, live.Devices, c.zone)
	}
	if c.json {
		return c.print(rows)
	}
	return c.writeDevices(rows)
}

// configuredDevice is a device of the configuration, whatever it is.
type configuredDevice struct{ kind, name, port, address, key string }

func configured(config configs.Config) (all []configuredDevice) {
	add := func(kind string, i int, name, port, address string) {
		all = append(all, configuredDevice{kind, name, port, address, fmt.Sprintf("%ss[%d]", kind, i)})
	}
	for i, d := range config.Keypads {
		add("keypad", i, d.Name, d.Port, "")
	}
	for i, d := range config.Scanners {
		add("scanner", i, d.Name, d.Port, d.Address)
	}
	for i, d := range config.Displays {
		add("display", i, d.Name, d.Port, "")
	}
	for i, d := range config.Printers {
		add("printer", i, d.Name, d.Port, d.Address)
	}
	return all
}

// listDevices brings ports and configuration together.
func listDevices(m machine, ports []machinePort, devices []configuredDevice) []listedDevice {
	rows := make([]listedDevice, 0, len(ports)+len(devices))
	at := map[string]int{}
	for _, port := range ports {
		at[port.Device] = len(rows)
		rows = append(rows, listedDevice{machinePort: port, Held: m.holders(port.Device)})
	}
	for _, d := range devices {
		if d.address != "" {
			rows = append(rows, listedDevice{machinePort: machinePort{Path: d.address, What: "in the network"}, Name: d.name, Kind: d.kind, Held: []holder{}})
			continue
		}
		device, err := m.resolve(d.port)
		if i, known := at[device]; err == nil && known {
			rows[i].Path, rows[i].Name, rows[i].Kind = d.port, d.name, d.kind
			continue
		}
		row := listedDevice{machinePort: machinePort{Path: d.port, Device: device}, Name: d.name, Kind: d.kind, Missing: err != nil, Held: []holder{}}
		if err == nil {
			row.Held = m.holders(device)
		}
		rows = append(rows, row)
	}
	return rows
}

// resolve follows a configured path to its device.
func (m machine) resolve(path string) (string, error) {
	target, err := filepath.EvalSymlinks(m.path(path))
	if err != nil {
		return "", err
	}
	return "/" + strings.TrimLeft(strings.TrimPrefix(target, filepath.Clean(m.root)), "/"), nil
}

func tellStates(rows []listedDevice, states []deviceState, zone *time.Location) {
	for i := range rows {
		for _, state := range states {
			if rows[i].Name == state.Name && state.Name != "" {
				rows[i].State = state.words(zone)
			}
		}
	}
}

func (c *console) writeDevices(rows []listedDevice) error {
	if len(rows) == 0 {
		fmt.Fprintln(c.talk, "nothing is plugged in, and no device is configured")
		return nil
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PORT\tIS\tCONFIGURED\tHELD BY\tSTATE")
	for _, row := range rows {
		what, name := row.What, "-"
		if row.Missing {
			what = "NOT PLUGGED IN"
		}
		if row.Name != "" {
			name = fmt.Sprintf("%s %q", row.Kind, row.Name)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", row.Path, what, name, holderWords(row.Held), row.State)
	}
	err := table.Flush()
	fmt.Fprint(c.talk, advice(rows))
	return err
}
