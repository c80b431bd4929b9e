package command

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/demo"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

func demoCommand(c *console) *cobra.Command {
	var options demo.Options
	var check string
	command := &cobra.Command{
		Use: "demo", Short: "A headquarters, two tills and a cut network, without hardware", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			executable, err := os.Executable()
			if err != nil {
				return err
			}
			options.Executable, options.Out = executable, c.out
			if check != "" {
				options.Dir = check
				err = demo.Check(cmd.Context(), options)
				if errors.Is(err, demo.ErrNoDemo) {
					return exit.Fail(exit.Usage, "name a folder that `loyaltyd demo` left", err)
				}
				return no(err)
			}
			options.Once = options.Once || !isTerminal(c.out)
			err = no(demo.Run(cmd.Context(), options))
			return exit.OnInterrupt(err, "what there is of it is kept: give the command again with another folder")
		},
	}
	flags := command.Flags()
	flags.BoolVar(&options.Once, "once", false, "end after the story, with 0 or 1")
	flags.StringVar(&options.Dir, "dir", "", "keep everything in this `folder` (default a new temporary one)")
	flags.StringVar(&check, "check", "", "only read the `folder` of an earlier demo again")
	return command
}

// no makes a command's error its answer: exit code 1.
func no(err error) error {
	if err == nil {
		return nil
	}
	return exit.Fail(exit.Failed, "", err)
}
