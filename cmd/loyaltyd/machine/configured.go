package machine

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/configs"
)

// Configured is a device of the configuration, whatever it is.
type Configured struct{ Kind, Name, Port, Address, Key string }

// ConfiguredIn are all devices of a configuration.
func ConfiguredIn(config configs.Config) (all []Configured) {
	add := func(kind string, i int, name, port, address string) {
		all = append(all, Configured{kind, name, port, address, fmt.Sprintf("%ss[%d]", kind, i)})
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
