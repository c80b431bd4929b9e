package terminal_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// What the daemon says of the program by GET /status is what `loyaltyd status --json`
// reads beside it.
func TestStatusTellsTheProgram(t *testing.T) {
	config := shop.Config(testkit.Private(t))
	till, stop := shop.Open(t, config)
	defer stop()
	whole, err := till.WholeStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	view, id, err := datadir.OpenView(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	first, _ := datadir.LoadProgram(config)
	beside, err := datadir.ReadProgramStatus(t.Context(), view, id, first, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if beside.ID == "" {
		t.Error("no program is read beside the daemon")
	}
	if diff := cmp.Diff(beside, whole.(terminal.Status).Program, cmpopts.IgnoreUnexported(datadir.ProgramStatus{})); diff != "" {
		t.Errorf("the daemon says another program (-beside +daemon):\n%s", diff)
	}
}
