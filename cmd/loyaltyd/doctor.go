package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

func doctorCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Look at everything that can be wrong here, and say what to do; exit 1 if anything is to be done",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.doctor(cmd.Context()) },
	}
}

// outcome is how a check went.
type outcome string

const (
	healthy outcome = "ok"
	noted   outcome = "note"  // worth knowing; nothing has to be done
	wrong   outcome = "WRONG" // something has to be done
)

// finding is one answer of a check.
type finding struct {
	Check  string  `json:"check"`
	Result outcome `json:"result"`
	Says   string  `json:"says"`
	Fix    string  `json:"fix,omitempty"` // what to do
}

// patient is what is looked at. What could not be read is its zero value, and
// the check that should have read it says why.
type patient struct {
	machine machine
	now     time.Time
	config  configs.Loaded
	folder  datadir.Folder
	zone    *time.Location

	configErr error
	id        datadir.Identity
	keys      ledger.KeyChain        // headquarters', as the till knows them
	program   *loyalty.Program       // of the configuration
	held      *datadir.ProgramStatus // by the till; nil where that cannot be read
	till      *offline.Status        // nil for a folder of headquarters alone, or one that cannot be read
	tillErr   error
	live      *liveStatus // nil where no daemon answers
	runs      bool        // a daemon holds the folder
	forgotten bool        // headquarters answers, and does not know the till

	findings []finding
}

// checks are made in this order: what others rest on first.
var checks = []struct {
	name string
	look func(context.Context, *patient, teller)
}{
	{"configuration", lookAtConfig},
	{"data folder", lookAtFolder},
	{"disk", lookAtDisk},
	{"key", lookAtKey},
	{"database", lookAtDatabase},
	{"program", lookAtProgram},
	{"clock", lookAtClock},
	{"devices", lookAtDevices},
	{"api", lookAtAPI},
	{"headquarters", lookAtHeadquarters},
	{"standing", lookAtStanding},
	{"unsent", lookAtUnsent},
	{"backup", lookAtBackup},
	{"durable", lookAtDurable},
	{"service", lookAtService},
}

// teller takes what a check says.
type teller struct {
	p    *patient
	name string
}

func (t teller) ok(format string, args ...any) { t.say(healthy, "", format, args...) }

func (t teller) note(fix, format string, args ...any) { t.say(noted, fix, format, args...) }

func (t teller) wrong(fix, format string, args ...any) { t.say(wrong, fix, format, args...) }

func (t teller) say(result outcome, fix, format string, args ...any) {
	t.p.findings = append(t.p.findings, finding{t.name, result, fmt.Sprintf(format, args...), fix})
}

func (c *console) doctor(ctx context.Context) error {
	loaded, err := c.loadConfig()
	findings := examine(ctx, thisMachine, loaded, err)
	todo := 0
	for _, f := range findings {
		if f.Result == wrong {
			todo++
		}
	}
	if c.json {
		if err := c.print(map[string]any{"checks": findings, "todo": todo}); err != nil {
			return err
		}
	} else {
		c.writeFindings(findings)
	}
	switch todo {
	case 0:
		return nil
	case 1:
		return exit.Fail(exit.Failed, "", errors.New("one thing has to be done"))
	}
	return exit.Fail(exit.Failed, "", fmt.Errorf("%d things have to be done", todo))
}

// examine makes every check.
func examine(ctx context.Context, m machine, loaded configs.Loaded, configErr error) []finding {
	p := &patient{machine: m, now: time.Now(), config: loaded, configErr: configErr, folder: datadir.Look(loaded.DataDir), zone: datadir.ZoneOf(loaded.DataDir)}
	p.program, _ = datadir.LoadProgram(loaded.Config) // the configuration's check says why not
	p.runs = datadir.DaemonRuns(loaded.DataDir)
	if live, err := askLive(ctx, loaded.DataDir); err == nil {
		p.live = live
	}
	p.runs = p.runs || p.live != nil
	if p.folder.Key {
		p.readTill(ctx)
	}
	for _, check := range checks {
		check.look(ctx, p, teller{p, check.name})
	}
	return p.findings
}

// readTill reads how the till stands, beside its daemon.
func (p *patient) readTill(ctx context.Context) {
	view, id, err := datadir.OpenView(ctx, p.config.Config)
	p.id, p.keys = id, ledger.NewKeyChain(id.Chain, id.PublicKey)
	if err != nil {
		p.tillErr = err
		return
	}
	defer view.Close()
	p.keys, _ = datadir.KeyLine(ctx, view, id)                             // a journal that cannot be read is told of as such
	p.held, _ = datadir.ReadProgramStatus(ctx, view, id, p.program, p.now) // a zone that is wrong is told with the program
	status, err := view.Status(ctx)
	if p.tillErr = err; err == nil {
		p.till = &status
	}
}

func (c *console) writeFindings(findings []finding) {
	for _, f := range findings {
		fmt.Fprintf(c.out, "%-5s  %-13s  %s\n", f.Result, f.Check, f.Says)
		if f.Fix != "" {
			fmt.Fprintf(c.out, "%s\n", indented(f.Fix))
		}
	}
}

func indented(text string) string {
	const margin = "                      do: "
	return margin + strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", len(margin)))
}
