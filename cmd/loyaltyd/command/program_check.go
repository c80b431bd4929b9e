package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/programtext"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func programCheckCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "All that is wrong with a program, each with its place; else what it says, in plain words",
		Long: `Reads program files as a till does. All that is wrong is told, each with its file, line and column, and the exit code
is 65: also a level, status or activity that a condition asks for and the program does not have. Of a file that is right
it tells in plain words what members can earn and have, what the program gives back at most, and what is worth a second
look.`,
		Args: cobra.MinimumNArgs(1), ValidArgsFunction: programFiles,
		RunE: func(_ *cobra.Command, args []string) error { return c.programCheck(args) },
	}
}

// programFiles completes with YAML files.
func programFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

// CheckedProgram is one file of `program check --json`.
type CheckedProgram struct {
	File     string           `json:"file"`
	Problems []programProblem `json:"problems"`
	Summary  *loyalty.Summary `json:"summary,omitempty"` // where there are no problems
}

type programProblem struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`
}

func (c *console) programCheck(files []string) error {
	checked := make([]CheckedProgram, len(files))
	var wrong []string
	for i, file := range files {
		program, problems, err := readProgram(file)
		if err != nil {
			return err
		}
		checked[i] = CheckedProgram{File: file, Problems: []programProblem{}}
		for _, p := range problems {
			checked[i].Problems = append(checked[i].Problems, programProblem{p.Line, p.Column, p.Text})
		}
		if len(problems) > 0 {
			wrong = append(wrong, fmt.Sprintf("%s: %s", file, countOf(len(problems), "problem")))
			continue
		}
		checked[i].Summary = new(program.Summary())
	}
	if err := c.tellChecked(checked); err != nil || len(wrong) == 0 {
		return err
	}
	return exit.Fail(exit.Data, "", errors.New(strings.Join(wrong, ", ")))
}

// countOf tells how many there are of what one is called.
func countOf[N ~int | ~int64 | ~uint64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if stem, ok := strings.CutSuffix(one, "ry"); ok {
		return fmt.Sprintf("%d %sries", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func (c *console) tellChecked(checked []CheckedProgram) error {
	if c.json {
		return c.print(checked)
	}
	for i, file := range checked {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		for _, p := range file.Problems {
			fmt.Fprintf(c.out, "%s:%d:%d: %s\n", file.File, p.Line, p.Column, p.Text)
		}
		if file.Summary != nil {
			if _, err := fmt.Fprint(c.out, programtext.Summary(*file.Summary)); err != nil {
				return err
			}
		}
	}
	return nil
}
