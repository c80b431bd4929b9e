package command

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func programCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "program", Short: "The loyalty program: what a file says, what a new version changes, whether stories come true, and what is published", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(programCheckCommand(c), programDiffCommand(c), programTestCommand(c),
		programPublishCommand(c), programStopCommand(c), programListCommand(c))
	return command
}

// readProgram reads a program; what is wrong with it is told apart from a file
// that cannot be read.
func readProgram(file string) (*loyalty.Program, []*loyalty.LoadError, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, exit.Fail(exit.Usage, "name the program's YAML file", err)
	}
	program, err := loyalty.Load(source, file)
	return program, problemsOf(err), nil
}

// problemsOf takes apart what Load joined.
func problemsOf(err error) []*loyalty.LoadError {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*loyalty.LoadError
		for _, one := range many.Unwrap() {
			all = append(all, problemsOf(one)...)
		}
		return all
	}
	if problem, ok := errors.AsType[*loyalty.LoadError](err); ok {
		return []*loyalty.LoadError{problem}
	}
	return []*loyalty.LoadError{{Text: err.Error()}} // never: Load gives no other
}
