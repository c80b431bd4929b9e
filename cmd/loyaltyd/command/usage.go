package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/internal/advice"
)

// seeHelp is the next step where a command line is wrong; explain says whose help.
const seeHelp = "see --help"

func usage(err error) error { return exit.Fail(exit.Usage, seeHelp, err) }

// explain names the command whose help is to be seen.
func explain(command *cobra.Command, err error) error {
	if exit.Hint(err) != seeHelp {
		return err
	}
	return exit.Fail(exit.Code(err), "see `"+command.CommandPath()+" --help`", err)
}

// refuseStrayArguments makes wrong arguments a usage error that says what is right.
func refuseStrayArguments(command *cobra.Command) {
	if check := command.Args; check != nil {
		command.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if err == nil || exit.Hint(err) != "" { // it says itself what to do
				return err
			}
			return usage(misread(cmd, args))
		}
	}
	for _, child := range command.Commands() {
		refuseStrayArguments(child)
	}
}

// misread says how a command is written whose arguments are wrong, or which of its
// sub-commands was meant.
func misread(command *cobra.Command, args []string) error {
	if command.HasAvailableSubCommands() && len(args) > 0 {
		return fmt.Errorf("unknown command %q for %q%s", args[0], command.CommandPath(), advice.DidYouMean(args[0], namesOf(command)))
	}
	written := strings.TrimSuffix(command.UseLine(), " [flags]")
	return fmt.Errorf("%s given, want: %s", countOf(len(args), "argument"), written)
}

func namesOf(command *cobra.Command) (all []string) {
	for _, child := range command.Commands() {
		if child.IsAvailableCommand() {
			all = append(all, child.Name())
		}
	}
	return all
}

// misspelt adds the flag that was meant to the error of one that is not known.
func misspelt(command *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usage(err)
	}
	var all []string
	command.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			all = append(all, "--"+f.Name)
		}
	})
	return usage(fmt.Errorf("%w%s", err, advice.DidYouMean("--"+unknown.GetSpecifiedName(), all)))
}
