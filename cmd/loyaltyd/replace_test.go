package main

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

// A till's machine dies: what it may have spent is said, it is shut out, and another
// machine sells under its name. The old one, found again, sells on by itself, which is
// held until a manager releases what it sold.
func TestReplaceATill(t *testing.T) {
	dir := private(t)
	config := shopConfig(dir)
	config.HQ.Listen = "127.0.0.1:0"
	h, err := openHQDaemon(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := runs(t, h)
	old, stopOld := storeTill(t, dir, "1", "starter")
	takeIn(t, old, ayse)
	sell(t, old, "1", 100_000)
	comesToShow(t, old, 1000)
	awaitsWords(t, []string{"Open rights: 1", "Till of 1", "1,000 points", "Lost: none"}, "hq", "rights", "--data", dir)
	says(t, []string{"Open rights: 1"}, "hq", "rights", "--member", ayse, "--terminal", "Till of 1", "--data", dir)
	says(t, []string{`"rest": 1000`, `"unproven": []`}, "hq", "rights", "--json", "--data", dir)
	if code, _, talk := command(t, "hq", "rights", "--terminal", "Till 9", "--data", dir); code != exit.Data || !strings.Contains(talk, "hq terminals") {
		t.Errorf("of which till? exit %d, %s", code, talk)
	}
	stopOld()

	if code, _, talk := command(t, "terminal", "replace", "Till of 1", "--data", dir); code != exit.Usage ||
		!strings.Contains(talk, "may have spent 1000 without asking, in 1 rights") || !strings.Contains(talk, "--yes") {
		t.Errorf("nobody was asked: exit %d, %s", code, talk)
	}
	says(t, []string{"in step"}, "hq", "terminals", "--data", dir)
	secret := strings.TrimSpace(says(t, nil, "terminal", "replace", "Till of 1", "--yes", "--data", dir))
	if _, _, talk := command(t, "terminal", "replace", "Till of 1", "--yes", "--data", dir); !strings.Contains(talk, "was shut out at") || !strings.Contains(talk, "replaced by another machine") {
		t.Errorf("it is replaced already: %s", talk)
	}
	next := private(t)
	says(t, nil, "enroll", secret, "--data", next)
	till, stopNext := changedOver(t, next, "starter")
	comesToShow(t, till, 1000)
	sell(t, till, "2", 10_000)
	comesToShow(t, till, 1100)

	old, stopOld = changedOver(t, old.config.DataDir, "starter")
	sell(t, old, "3", 5_000)
	awaitsWords(t, []string{"fenced", "replaced by another machine", "1 held"}, "hq", "terminals", "--data", dir)
	comesToShow(t, till, 1100)
	awaitsWords(t, []string{"FENCED: this till was replaced at", "by another machine, terminal " + till.identity.Terminal.String()}, "status", "--data", old.config.DataDir)
	code, _, talk := command(t, "hq", "evidence", "Till of 1", "--day", ago(0), "--data", dir)
	for _, id := range []string{old.identity.Terminal.String(), till.identity.Terminal.String()} {
		if code != exit.Data || !strings.Contains(talk, id) {
			t.Errorf("two had the name: exit %d, %s", code, talk)
		}
	}
	if _, text := keyed(t, "", "hq", "release", "Till of 1", "--yes", "--data", dir); !strings.Contains(text, "They came after it was shut out") {
		t.Errorf("what was written before it was shut out: %s", text)
	}
	if code, text := keyed(t, "", "hq", "release", "Till of 1", "--yes", "--data", dir); code != exit.Permission || !strings.Contains(text, "points: 50 earned, 0 spent") {
		t.Errorf("nobody approved: exit %d, %s", code, text)
	}
	if code, text := keyed(t, managerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin", "--data", dir); code != exit.OK {
		t.Fatalf("exit %d, %s", code, text)
	}
	if code, text := keyed(t, managerPIN, "hq", "release", "Till of 1", "--yes", "--manager", "9", "--pin-stdin", "--data", dir); code != exit.OK || !strings.Contains(text, "1 entries of Till of 1 released") {
		t.Fatalf("exit %d, %s", code, text)
	}
	comesToShow(t, till, 1150)
	if code, text := keyed(t, "", "hq", "release", "Till of 1", "--yes", "--data", dir); code != exit.Data || !strings.Contains(text, "2 tills had the name") {
		t.Errorf("nothing is held of either: exit %d, %s", code, text)
	}
	stopOld()
	stopNext()
	stop()
	clean(t, dir)
}
