package command

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func (c *console) writeOwn(s datadir.OwnStatus) {
	if s.Retired {
		fmt.Fprintf(c.out, "ITS OWN HEADQUARTERS IS NO MORE: %s\n", s.Problem)
		return
	}
	if s.Problem != "" {
		fmt.Fprintf(c.out, "ITS OWN HEADQUARTERS CANNOT BE READ: %s\n", s.Problem)
		return
	}
	fmt.Fprintf(c.out, "its own headquarters: tills %d, members %d, entries %d\n", s.Terminals, s.Accounts, s.Entries)
	if s.Quarantined > 0 {
		fmt.Fprintf(c.out, "%d entries in quarantine: they could not be read and are tried again at each start\n", s.Quarantined)
	}
	if s.Flagged > 0 {
		fmt.Fprintf(c.out, "%d entries meet a rule of conduct: its log names them, `loyaltyd member history` shows them\n", s.Flagged)
	}
	if s.WaitsUntil > 0 {
		fmt.Fprintf(c.out, "RESTORED: it waits for %d tills and sets no points aside until they are heard: `loyaltyd hq restored`\n", s.Awaited)
	}
	if s.ClockUnsound {
		fmt.Fprintln(c.out, "THE CLOCK JUMPED: nothing is reclaimed until somebody looked at it: `loyaltyd clock accept`")
	}
}

func (c *console) writeProgram(p datadir.ProgramStatus) {
	if p.ID != "" {
		fmt.Fprintf(c.out, "program %s, version %d", p.ID, p.Version)
		if p.Next != nil {
			fmt.Fprintf(c.out, "; version %d from %s", p.Next.Version, loyalty.English.DateWords(p.Next.Effective))
		}
		fmt.Fprintln(c.out)
	}
	for _, problem := range p.Unread {
		fmt.Fprintf(c.out, "A NEWER VERSION OF THE PROGRAM CANNOT BE READ BY THIS RELEASE: %s\n", problem)
	}
}
