package story_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// SIGHUP changes what can change, between two customers; it names what needs a
// restart; a bad file leaves everything as it was and says why.
func TestReload(t *testing.T) {
	ctx := testkit.Within(t, time.Minute)
	s := newStage(t)
	if err := s.Open(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	l := s.Lanes[0]
	press := func(keys, words string) {
		t.Helper()
		if err := l.Press(ctx, keys, words); err != nil {
			t.Fatal(err)
		}
	}
	original, err := os.ReadFile(s.Config("till"))
	if err != nil {
		t.Fatal(err)
	}
	press("05320000001\r", "New?")
	press("C", "Amount")
	rewrite(t, s, string(original)+"log_level: debug\nstandalone: {max_amount: 50000}\noperator_id: anna\n"+
		"adjust: {manager_above: 10}\nabuse: {after_tender: {do: refuse}}\n")
	l.Process.Reload()
	said := awaitLog(ctx, t, s, "configuration reloaded")
	if got := said["needs_restart"]; len(got.([]any)) != 1 || got.([]any)[0] != "operator_id" {
		t.Errorf("needs a restart: %v", got)
	}
	if got, want := fmt.Sprint(said["changed"]), "[log_level standalone.max_amount adjust.manager_above abuse.after_tender.do]"; got != want {
		t.Errorf("changed: %s, want %s", got, want)
	}
	adjust := func(amount string) error {
		return s.Ask(ctx, new(headquarters.Adjusted), "till", "member", "adjust", "05320000001", "--amount", amount, "--reason", "torn bag")
	}
	if err := adjust("+11"); err == nil || !strings.Contains(err.Error(), "manager") {
		t.Errorf("more than a cashier may give now: %v", err)
	}
	if err := adjust("+10"); err != nil {
		t.Errorf("what she may give: %v", err)
	}
	press("60000\r", "+600") // she began under the old one
	press("\x1b", stage.Ready)
	press("05320000001\r", "Amount")
	press("60000\r", "too large")
	press("\x1b", stage.Ready)

	rewrite(t, s, string(original)+"standalone: {max_amuont: 1}\n")
	l.Process.Reload()
	said = awaitLog(ctx, t, s, "configuration not reloaded: the one in effect stays")
	if !strings.Contains(said["error"].(string), `"standalone.max_amount"`) {
		t.Errorf("says %v", said)
	}
	press("05320000001\r", "Amount")
	press("60000\r", "too large")
	press("\x1b", stage.Ready)

	s.HQ.Reload()
	var status headquarters.Status
	if err := s.Ask(ctx, &status, "hq", "hq", "status"); err != nil {
		t.Errorf("headquarters after the signal: %v", err)
	}
}

func rewrite(t *testing.T, s *stage.Stage, text string) {
	t.Helper()
	if err := os.WriteFile(s.Config("till"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// awaitLog waits for a line in the till's diary.
func awaitLog(ctx context.Context, t *testing.T, s *stage.Stage, message string) map[string]any {
	t.Helper()
	for ctx.Err() == nil {
		text, err := os.ReadFile(s.LogFile("till"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			var said map[string]any
			if json.Unmarshal(line, &said) == nil && said["message"] == message {
				return said
			}
		}
		time.Sleep(20 * time.Millisecond) // another process writes it
	}
	t.Fatalf("%q was not said", message)
	return nil
}
