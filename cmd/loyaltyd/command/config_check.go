package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/doctor"
	"github.com/loyaltyd/loyaltyd/configs"
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

// CheckedConfig is `config check --json`.
type CheckedConfig struct {
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
	wrong.Problems = append(wrong.Problems, doctor.NamedProblems(loaded)...)
	if c.json {
		if err := c.print(CheckedConfig{append([]string{}, files...), wrong.Problems}); err != nil {
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
