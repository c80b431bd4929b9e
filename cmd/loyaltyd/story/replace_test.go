package story_test

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A till's machine dies: what it may have spent is said, it is shut out, and another
// machine sells under its name. The old one, found again, sells on by itself, which is
// held until a manager releases what it sold.
func TestReplaceATill(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.HQ.Listen = "127.0.0.1:0"
	h, err := headquarters.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, h)
	old, stopOld := shop.StoreTill(t, dir, "1", "starter")
	shop.TakeIn(t, old, shop.Ayse)
	shop.Sell(t, old, "1", 100_000)
	shop.ComesToShow(t, old, 1000)
	shop.AwaitsWords(t, []string{"Open rights: 1", "Till of 1", "1,000 points", "Lost: none"}, "hq", "rights", "--data", dir)
	shop.Says(t, []string{"Open rights: 1"}, "hq", "rights", "--member", shop.Ayse, "--terminal", "Till of 1", "--data", dir)
	shop.Says(t, []string{`"rest": 1000`, `"unproven": []`}, "hq", "rights", "--json", "--data", dir)
	if code, _, talk := commandtest.Run(t, "hq", "rights", "--terminal", "Till 9", "--data", dir); code != exit.Data || !strings.Contains(talk, "hq terminals") {
		t.Errorf("of which till? exit %d, %s", code, talk)
	}
	stopOld()

	if code, _, talk := commandtest.Run(t, "terminal", "replace", "Till of 1", "--data", dir); code != exit.Usage ||
		!strings.Contains(talk, "may have spent 1000 without asking, in 1 rights") || !strings.Contains(talk, "--yes") {
		t.Errorf("nobody was asked: exit %d, %s", code, talk)
	}
	shop.Says(t, []string{"in step", " (epoch 1) "}, "hq", "terminals", "--data", dir)
	secret := strings.TrimSpace(shop.Says(t, nil, "terminal", "replace", "Till of 1", "--yes", "--data", dir))
	if _, _, talk := commandtest.Run(t, "terminal", "replace", "Till of 1", "--yes", "--data", dir); !strings.Contains(talk, "was shut out at") || !strings.Contains(talk, "replaced by another machine") {
		t.Errorf("it is replaced already: %s", talk)
	}
	next := testkit.Private(t)
	shop.Says(t, nil, "enroll", secret, "--data", next)
	till, stopNext := shop.ChangedOver(t, next, "starter")
	shop.ComesToShow(t, till, 1000)
	shop.Sell(t, till, "2", 10_000)
	shop.ComesToShow(t, till, 1100)

	old, stopOld = shop.ChangedOver(t, old.Config.DataDir, "starter")
	shop.Sell(t, old, "3", 5_000)
	shop.AwaitsWords(t, []string{"fenced", "replaced by another machine", "1 held"}, "hq", "terminals", "--data", dir)
	shop.ComesToShow(t, till, 1100)
	shop.AwaitsWords(t, []string{"FENCED: this till was replaced at", "by another machine, terminal " + till.Identity.Terminal.String()}, "status", "--data", old.Config.DataDir)
	code, _, talk := commandtest.Run(t, "hq", "evidence", "Till of 1", "--day", shop.Ago(0), "--data", dir)
	for _, id := range []string{old.Identity.Terminal.String(), till.Identity.Terminal.String()} {
		if code != exit.Data || !strings.Contains(talk, id) {
			t.Errorf("two had the name: exit %d, %s", code, talk)
		}
	}
	if _, text := shop.Keyed(t, "", "hq", "release", "Till of 1", "--yes", "--data", dir); !strings.Contains(text, "They came after it was shut out") {
		t.Errorf("what was written before it was shut out: %s", text)
	}
	if code, text := shop.Keyed(t, "", "hq", "release", "Till of 1", "--yes", "--data", dir); code != exit.Permission || !strings.Contains(text, "points: 50 earned, 0 spent") {
		t.Errorf("nobody approved: exit %d, %s", code, text)
	}
	if code, text := shop.Keyed(t, shop.ManagerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin", "--data", dir); code != exit.OK {
		t.Fatalf("exit %d, %s", code, text)
	}
	if code, text := shop.Keyed(t, shop.ManagerPIN, "hq", "release", "Till of 1", "--yes", "--manager", "9", "--pin-stdin", "--data", dir); code != exit.OK || !strings.Contains(text, "1 entries of Till of 1 released") {
		t.Fatalf("exit %d, %s", code, text)
	}
	shop.ComesToShow(t, till, 1150)
	if code, text := shop.Keyed(t, "", "hq", "release", "Till of 1", "--yes", "--data", dir); code != exit.Data || !strings.Contains(text, "2 tills had the name") {
		t.Errorf("nothing is held of either: exit %d, %s", code, text)
	}
	stopOld()
	stopNext()
	stop()
	shop.Clean(t, dir)
}
