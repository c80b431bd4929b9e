package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/programtext"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func programDiffCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "What changes from one version to another: in members' words, and in managers'",
		Long: `Reads two versions of a program and tells in plain words what changes: first for members, what is better for them, what
is worse and what depends on the member; then for managers, what the program gives back before and after, limits, proof,
and what tills may do without a network. It says by when members have to be told. A renamed id is one that goes and one
that comes.`,
		Args: cobra.ExactArgs(2), ValidArgsFunction: programFiles,
		RunE: func(_ *cobra.Command, args []string) error { return c.programDiff(args[0], args[1]) },
	}
}

func (c *console) programDiff(oldFile, newFile string) error {
	var programs [2]*loyalty.Program
	for i, file := range []string{oldFile, newFile} {
		program, problems, err := readProgram(file)
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			return wrongProgram(problems)
		}
		programs[i] = program
	}
	difference, err := loyalty.Diff(programs[0], programs[1])
	if err != nil {
		return exit.Fail(exit.Data, "", err)
	}
	if c.json {
		return c.print(difference)
	}
	_, err = fmt.Fprint(c.out, programtext.Difference(difference))
	return err
}

// wrongProgram says why there is nothing to compare.
func wrongProgram(problems []*loyalty.LoadError) error {
	all := make([]error, len(problems))
	for i, p := range problems {
		all[i] = p
	}
	return exit.Fail(exit.Data, "", errors.Join(all...))
}
