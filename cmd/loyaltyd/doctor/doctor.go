// Package doctor looks at everything that can be wrong with a till or headquarters,
// and says what to do.
package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Outcome is how a check went.
type Outcome string

const (
	Healthy Outcome = "ok"
	Noted   Outcome = "note"  // worth knowing; nothing has to be done
	Wrong   Outcome = "WRONG" // something has to be done
)

// Finding is one answer of a check.
type Finding struct {
	Check  string  `json:"check"`
	Result Outcome `json:"result"`
	Says   string  `json:"says"`
	Fix    string  `json:"fix,omitempty"` // what to do
}

// patient is what is looked at. What could not be read is its zero value, and
// the check that should have read it says why.
type patient struct {
	machine machine.Machine
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
	live      *terminal.Live // nil where no daemon answers
	runs      bool           // a daemon holds the folder
	forgotten bool           // headquarters answers, and does not know the till

	findings []Finding
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

func (t teller) ok(format string, args ...any) { t.say(Healthy, "", format, args...) }

func (t teller) note(fix, format string, args ...any) { t.say(Noted, fix, format, args...) }

func (t teller) wrong(fix, format string, args ...any) { t.say(Wrong, fix, format, args...) }

func (t teller) say(result Outcome, fix, format string, args ...any) {
	t.p.findings = append(t.p.findings, Finding{t.name, result, fmt.Sprintf(format, args...), fix})
}

// Examine makes every check.
func Examine(ctx context.Context, m machine.Machine, loaded configs.Loaded, configErr error) []Finding {
	p := &patient{machine: m, now: time.Now(), config: loaded, configErr: configErr, folder: datadir.Look(loaded.DataDir), zone: datadir.ZoneOf(loaded.DataDir)}
	p.program, _ = datadir.LoadProgram(loaded.Config) // the configuration's check says why not
	p.runs = datadir.DaemonRuns(loaded.DataDir)
	if live, err := terminal.AskLive(ctx, loaded.DataDir); err == nil {
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
