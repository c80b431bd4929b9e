package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/keypad"
)

func configPrintCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "print", Short: "Every key in effect and where its value came from, and what each byte of a keypad means",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.configPrint() },
	}
}

// printedConfig is `config print --json`.
type printedConfig struct {
	Values []configs.Value   `json:"values"`
	Keys   map[string]string `json:"keypad_keys"` // bytes in hex → what the key does
}

func (c *console) configPrint() error {
	loaded, err := c.loadConfig()
	if err != nil {
		return err
	}
	names, bytes := keypadKeys()
	if c.json {
		printed := printedConfig{loaded.Values(), map[string]string{}}
		for _, name := range names {
			for _, sequence := range bytes[name] {
				printed.Keys[sequence] = name
			}
		}
		return c.print(printed)
	}
	var list table
	for _, v := range loaded.Values() {
		list.row(v.Key, shownValue(v.Value), v.Source)
	}
	if err := list.write(c.out); err != nil {
		return err
	}
	fmt.Fprint(c.out, "\nA keypad's bytes:\n")
	for _, name := range names {
		fmt.Fprintf(c.out, "  %-7s %s\n", name, strings.Join(bytes[name], " "))
	}
	return nil
}

func shownValue(text string) string {
	if text == "" {
		return `""`
	}
	return text
}

// keypadKeys gives the keys in the order of device.Key and the bytes, in hex,
// that mean each.
func keypadKeys() (names []string, bytes map[string][]string) {
	bytes = map[string][]string{}
	byKey := map[device.Key][]string{}
	for b := range 256 {
		if key, ok := keypad.Default()[string([]byte{byte(b)})]; ok {
			byKey[key] = append(byKey[key], fmt.Sprintf("%02X", b))
		}
	}
	for key := device.Digit0; key <= device.Menu; key++ {
		name := key.String()
		if digit, ok := key.Digit(); ok {
			name = string(rune(digit))
		}
		names = append(names, name)
		bytes[name] = byKey[key]
	}
	return names, bytes
}
