package command

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func programListCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "What headquarters has published: versions, which is in force, which comes next, and what was stopped", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.programList(cmd.Context()) },
	}
}

func (c *console) programList(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	var list headquarters.ProgramList
	if err := desk.Ask(ctx, config.DataDir, http.MethodGet, "/hq/programs", nil, &list); err != nil {
		return err
	}
	if c.json {
		return c.print(list)
	}
	c.writePrograms(list)
	return nil
}

func (c *console) writePrograms(list headquarters.ProgramList) {
	if len(list.Versions) == 0 {
		fmt.Fprintln(c.out, "no program was published yet")
	}
	for _, v := range list.Versions {
		fmt.Fprintf(c.out, "%s, version %d: announced on %s, effective on %s, published %s%s\n", v.Program, v.Version,
			loyalty.English.DateWords(v.Announced), loyalty.English.DateWords(v.Effective), stamp.At(v.Published, c.zone), mark(list, v))
	}
	if len(list.Programs) > 1 {
		for _, p := range list.Programs {
			fmt.Fprintf(c.out, "%s counts in %s; %s\n", p.Program, p.Currency, storesOf(p))
		}
	}
	for _, s := range list.Stopped {
		fmt.Fprintf(c.out, "rule %s%s is stopped in versions up to %d, by %s at %s: %s\n",
			s.Rule, of(list, s.Program), s.Version, s.Operator, stamp.At(s.At, c.zone), s.Reason)
	}
}

// mark says what is special about a version.
func mark(l headquarters.ProgramList, v headquarters.PublishedVersion) string {
	i := slices.IndexFunc(l.Programs, func(p headquarters.RunningProgram) bool { return p.Program == v.Program })
	switch {
	case i < 0:
		return "; never used"
	case v.Version == l.Programs[i].InForce:
		return "; IN FORCE"
	case v.Version == l.Programs[i].Next:
		return "; next"
	}
	return ""
}

// of names a program, where there are several.
func of(l headquarters.ProgramList, program string) string {
	if len(l.Programs) < 2 {
		return ""
	}
	return " of " + program
}

// storesOf says which stores have a program.
func storesOf(p headquarters.RunningProgram) string {
	if len(p.Stores) == 0 {
		return "no store has it"
	}
	words := make([]string, len(p.Stores))
	for i, id := range p.Stores {
		words[i] = string(id)
	}
	return "stores " + strings.Join(words, ", ")
}
