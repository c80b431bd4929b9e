package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
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
	_, err = fmt.Fprint(c.out, differenceText(difference))
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

// differenceText is what changes, for people.
func differenceText(d loyalty.Difference) string {
	p := &page{}
	p.paragraph("", titleText(d))
	members := changesFor(d.Changes, loyalty.ForMembers)
	p.paragraph("", tellingText(d, len(members) > 0))
	p.warnings(d.Warnings)
	p.heading("For members")
	p.changes("Better for them:", ofVerdict(members, loyalty.Better))
	p.changes("Worse for them:", ofVerdict(members, loyalty.Worse))
	p.changes("Depends on the member:", ofVerdict(members, ""))
	if len(members) == 0 {
		p.paragraph("  ", "Nothing changes.")
	}
	p.heading("For managers")
	managers := changesFor(d.Changes, loyalty.ForManagers)
	p.changes("", managers)
	if len(managers) == 0 {
		p.paragraph("  ", "Nothing changes.")
	}
	return p.String()
}

// tellingText says when members are told, and whether that is soon enough.
func tellingText(d loyalty.Difference, members bool) string {
	switch {
	case !members:
		return "Nothing changes for members: nobody has to be told."
	case d.Notice == "":
		return "Announced on " + dateText(d.Announced) + "; members need not be told before it begins."
	case d.Kept:
		return fmt.Sprintf("Announced on %s, in time: members have to be told by %s, %s before.",
			dateText(d.Announced), dateText(d.TellBy), d.Notice)
	}
	return fmt.Sprintf("Announced on %s, too late: the version members have promises to tell them %s before, by %s. Announce it earlier, or begin later.",
		dateText(d.Announced), d.Notice, dateText(d.TellBy))
}

// changes writes some of them under a title, if there are any.
func (p *page) changes(title string, some []loyalty.Change) {
	if len(some) > 0 && title != "" {
		p.paragraph("  ", title)
	}
	for _, change := range some {
		p.item(change.Words, change.ID)
	}
}

func ofVerdict(all []loyalty.Change, verdict loyalty.Verdict) (some []loyalty.Change) {
	for _, change := range all {
		if change.ForMembers == verdict {
			some = append(some, change)
		}
	}
	return some
}

func titleText(d loyalty.Difference) string {
	if d.NewVersion == d.OldVersion {
		return fmt.Sprintf("%s, version %d in both files, from %s", d.Program, d.NewVersion, dateText(d.Effective))
	}
	return fmt.Sprintf("%s, version %d instead of %d, from %s", d.Program, d.NewVersion, d.OldVersion, dateText(d.Effective))
}

func changesFor(all []loyalty.Change, audience loyalty.Audience) (some []loyalty.Change) {
	for _, change := range all {
		if change.Audience == audience {
			some = append(some, change)
		}
	}
	return some
}
