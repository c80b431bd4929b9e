package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
)

func memberSegmentCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "segment", Short: "The groups of members that a program's conditions ask for", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(
		segmentChangeCommand(c, "add", "Put members in a segment, which tills are told of"),
		segmentChangeCommand(c, "remove", "Take members out of a segment"),
		segmentListCommand(c),
	)
	return command
}

func segmentChangeCommand(c *console, word, short string) *cobra.Command {
	var asked headquarters.SegmentRequest
	var file string
	asked.Out = word == "remove"
	command := &cobra.Command{
		Use:   word + " SEGMENT [NUMBER…] --reason TEXT",
		Short: short,
		Long: short + `. A member is named by her number, card:NUMBER, or the id of her account where nobody shares it; --file
has one a line, where empty lines and those that begin with # say nothing. Where one of them cannot be found nobody is
changed, and the exit code is 65. Each change is an entry of its own, with who did it and why; "member history" shows it. The
headquarters that runs on the data folder does it.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			asked.Segment = args[0]
			if strings.TrimSpace(asked.Reason) == "" {
				return usage(fmt.Errorf("member segment %s needs --reason: it is kept, so name nobody in it", word))
			}
			members, err := membersNamed(args[1:], file)
			if err != nil {
				return err
			}
			asked.Operator = whoRuns(asked.Operator)
			return c.memberSegment(cmd.Context(), asked, members)
		},
	}
	flags := command.Flags()
	flags.StringVar(&file, "file", "", "`FILE` with a member on each line")
	flags.StringVar(&asked.Reason, "reason", "", "why, in a few `words`")
	flags.StringVar(&asked.Operator, "operator", "", "`who` does it (default the system's name of who runs the command)")
	flags.BoolVar(&asked.Try, "dry-run", false, "only say what would change")
	return command
}

// namedMember is a member as she was written, and where.
type namedMember struct{ text, where string }

// membersNamed are those of the command line, or of a file.
func membersNamed(words []string, file string) (members []namedMember, err error) {
	if (file == "") == (len(words) == 0) {
		return nil, usage(errors.New("name members, or --file with one a line"))
	}
	for i, word := range words {
		members = append(members, namedMember{word, fmt.Sprintf("member %d", i+1)})
	}
	if file == "" {
		return members, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, exit.Fail(exit.Usage, "name a file with a number in each line", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if text := strings.TrimSpace(lines.Text()); text != "" && text[0] != '#' {
			members = append(members, namedMember{text, fmt.Sprintf("%s:%d", filepath.Base(file), n)})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, exit.Fail(exit.Data, "", fmt.Errorf("read %s: %w", file, err))
	}
	return members, nil
}

const (
	// segmentChunk is how many members are sent to the daemon at once.
	segmentChunk = 5000
	// segmentTold bounds how many problems are told.
	segmentTold = 20
)

// memberSegment looks at all members before it changes the first.
func (c *console) memberSegment(ctx context.Context, asked headquarters.SegmentRequest, members []namedMember) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	try := asked
	try.Try = true
	done, err := askSegments(ctx, config.DataDir, try, members)
	if err != nil {
		return err
	}
	if len(done.Problems) > 0 {
		return c.segmentProblems(done.Problems, members)
	}
	if !asked.Try {
		if done, err = askSegments(ctx, config.DataDir, asked, members); err != nil {
			return err
		}
	}
	if len(done.Problems) > 0 { // somebody else was at it in between
		return c.segmentProblems(done.Problems, members)
	}
	return c.tellSegment(asked, done)
}

// askSegments asks the daemon of members, some at a time.
func askSegments(ctx context.Context, dir string, asked headquarters.SegmentRequest, members []namedMember) (all headquarters.SegmentAnswer, err error) {
	for first := 0; first < len(members); first += segmentChunk {
		some := members[first:min(first+segmentChunk, len(members))]
		asked.Members = make([]string, len(some))
		for i, m := range some {
			asked.Members[i] = m.text
		}
		var done headquarters.SegmentAnswer
		if err := desk.Ask(ctx, dir, http.MethodPost, "/hq/segments", asked, &done); err != nil {
			return all, err
		}
		all.Changed, all.Unchanged = all.Changed+done.Changed, all.Unchanged+done.Unchanged
		for _, p := range done.Problems {
			all.Problems = append(all.Problems, headquarters.SegmentProblem{Member: first + p.Member, Problem: p.Problem})
		}
	}
	return all, nil
}

// segmentProblems tells where each problem is; numbers stay in the file.
func (c *console) segmentProblems(problems []headquarters.SegmentProblem, members []namedMember) error {
	for _, p := range problems[:min(segmentTold, len(problems))] {
		fmt.Fprintf(c.talk, "%s: %s\n", members[p.Member].where, p.Problem)
	}
	if more := len(problems) - segmentTold; more > 0 {
		fmt.Fprintf(c.talk, "and %d more\n", more)
	}
	return exit.Fail(exit.Data, "correct them, or leave them out", fmt.Errorf("%d of %d members cannot be: nobody is changed", len(problems), len(members)))
}

// segmentOutcome is `member segment add --json`.
type segmentOutcome struct {
	Segment   string `json:"segment"`
	Changed   int    `json:"changed"`
	Unchanged int    `json:"unchanged"`
	DryRun    bool   `json:"dry_run"`
}

func (c *console) tellSegment(asked headquarters.SegmentRequest, done headquarters.SegmentAnswer) error {
	if c.json {
		return c.print(segmentOutcome{asked.Segment, done.Changed, done.Unchanged, asked.Try})
	}
	what, before := "put in", "in it before"
	if asked.Out {
		what, before = "taken out", "not in it"
	}
	if asked.Try {
		what = "would be " + what
	}
	_, err := fmt.Fprintf(c.out, "%s: %d %s, %d %s\n", asked.Segment, done.Changed, what, done.Unchanged, before)
	return err
}
