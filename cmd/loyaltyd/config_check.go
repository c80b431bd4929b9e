package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device/keypad"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/receipt/escpos"
)

func configCheckCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "check [FILE...]", Short: "All that is wrong with the configuration, each with its place; exit 78 if anything is",
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				c.files = args
			}
			return c.configCheck()
		},
	}
}

// checkedConfig is `config check --json`.
type checkedConfig struct {
	Files    []string          `json:"files"`
	Problems []configs.Problem `json:"problems"`
}

func (c *console) configCheck() error {
	files, err := c.configFiles()
	if err != nil {
		return err
	}
	loaded, err := c.loadConfig()
	wrong, ok := errors.AsType[*configs.Error](err)
	if err != nil && !ok {
		return err
	}
	if !ok {
		wrong = &configs.Error{Problems: []configs.Problem{}}
	}
	wrong.Problems = append(wrong.Problems, namedProblems(loaded)...)
	if c.json {
		if err := c.print(checkedConfig{files, wrong.Problems}); err != nil {
			return err
		}
	}
	switch {
	case len(wrong.Problems) > 0:
		return wrong
	case c.json:
	case len(files) == 0:
		fmt.Fprintf(c.talk, "no %s: every key is at its default\n", systemFiles)
	default:
		fmt.Fprintf(c.talk, "%s: nothing is wrong\n", strings.Join(files, ", "))
	}
	return nil
}

// namedProblems looks at what the configuration only names: the region, the
// database, keys, printer profiles and the program.
func namedProblems(loaded configs.Loaded) (problems []configs.Problem) {
	refuse := func(key string, err error) {
		problems = append(problems, configs.Problem{Place: loaded.Sources[key], Key: key, Text: err.Error()})
	}
	written := len(loaded.Region) == 2 && loaded.Region == strings.ToUpper(loaded.Region) // else its form was refused
	if err := phone.CheckRegion(loaded.Region); err != nil && written {
		refuse("region", err)
	}
	if url := string(loaded.HQ.Database); url != "" {
		if err := postgres.CheckURL(url); err != nil {
			refuse("hq.database", err)
		}
	}
	for i, pad := range loaded.Keypads {
		if _, err := keypad.Written(pad.Keys); err != nil {
			refuse(fmt.Sprintf("keypads[%d].keys", i), err)
		}
	}
	for i, printer := range loaded.Printers {
		if _, err := escpos.Named(printer.Profile); err != nil {
			refuse(fmt.Sprintf("printers[%d].profile", i), err)
		}
	}
	if _, err := datadir.LoadProgram(loaded.Config); err != nil {
		refuse("program_file", err)
	}
	return problems
}
