package story_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A backup of PostgreSQL that was put back into a database of its own is checked, and
// what it has is durable while headquarters runs; one in which something was changed
// makes nothing durable, nor does the database in use, which is no second copy.
func TestHQBackedUp(t *testing.T) {
	ctx := testkit.Within(t, 2*time.Minute)
	cluster := postgrestest.Shared(t)
	s := newStage(t)
	s.Database = cluster.Database(t)
	if err := s.Open(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	lane := newPOS(t, s, s.Lanes[0])
	sell := func(id string) {
		t.Helper()
		if status, answer, err := lane.complete(id, 100, "05320000001"); err != nil || status >= 300 {
			t.Fatalf("%d %s %v", status, answer, err)
		}
		(&killing{t: t, stage: s, lane: s.Lanes[0]}).sent(ctx)
	}
	says := func(want string) {
		t.Helper()
		_, out, talk := commandtest.Run(t, "hq", "status", "--config", s.Config("hq"))
		if !strings.Contains(out, want) {
			t.Errorf("hq status does not say %q:\n%s%s", want, out, talk)
		}
	}
	sell("S1")
	says("durable: nothing yet")
	backup := cluster.Copy(t, s.Database)
	tampered := cluster.Copy(t, s.Database)
	cluster.Exec(t, tampered, `UPDATE intake SET body = convert_to(replace(convert_from(body, 'UTF8'), 'S1', 'S2'), 'UTF8')`)
	if code, _, talk := commandtest.Run(t, "hq", "backed-up", tampered, "--config", s.Config("hq")); code != exit.Failed || !strings.Contains(talk, "nothing of this backup") {
		t.Errorf("a tampered one: exit %d, %s", code, talk)
	}
	between := "?"
	if strings.Contains(s.Database, between) {
		between = "&"
	}
	for _, live := range []string{s.Database, s.Database + between + "application_name=another"} {
		if code, _, talk := commandtest.Run(t, "hq", "backed-up", live, "--config", s.Config("hq")); code != exit.Usage || !strings.Contains(talk, "the database in use, and no backup of it") {
			t.Errorf("the one in use: exit %d, %s", code, talk)
		}
	}
	says("durable: nothing yet")
	code, out, talk := commandtest.Run(t, "hq", "backed-up", backup, "--config", s.Config("hq"))
	if code != exit.OK || !strings.Contains(out, "journals of 1 tills are durable") {
		t.Errorf("exit %d, %s%s", code, out, talk)
	}
	says("durable: what 1 of 1 tills had sent")
	sell("S2")
	var status struct{ Durable *struct{ Seq int } }
	if err := s.Ask(ctx, &status, "till", "status"); err != nil || status.Durable == nil {
		t.Errorf("the till says %+v, %v", status, err)
	}
	if code, _, talk := commandtest.Run(t, "hq", "backed-up", backup, "--data", testkit.Private(t), "--config", os.DevNull); code != exit.Usage || !strings.Contains(talk, "hq.database") {
		t.Errorf("without a database: exit %d, %s", code, talk)
	}
}
