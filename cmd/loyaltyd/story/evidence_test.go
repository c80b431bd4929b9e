package story_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// An auditor gets one file of what a till wrote, checks it where there is neither a
// folder nor a configuration, is told what it proves, and finds a changed letter.
func TestEvidenceForAnAuditor(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.HQ.Listen = "127.0.0.1:0"
	h, err := headquarters.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, h)
	till, stopTill := shop.StoreTill(t, dir, "1", "starter")
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "1", 10_000)
	shop.AwaitsWords(t, []string{"100 points"}, "member", "show", shop.Ayse, "--data", dir)
	stopTill()
	stop()
	text := shop.Says(t, nil, "hq", "evidence", "Till of 1", "--day", "2000-01-01", "--to", "2999-12-31", "--data", dir)
	for _, word := range []string{"5321234567", "Ayşe"} {
		if strings.Contains(text, word) {
			t.Errorf("%q stands in it", word)
		}
	}
	file := filepath.Join(t.TempDir(), "evidence")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	shop.Says(t, []string{`"Till of 1" of store 1`, "2 entries", "Proven: ", "Not proven: "}, "verify", "--evidence", file, "--data", t.TempDir())
	shop.Says(t, []string{`"entries": 2`, `"hq_fingerprint"`}, "verify", "--evidence", file, "--json")
	write(strings.Replace(text, `\"total\":10000`, `\"total\":10001`, 1))
	if code, _, talk := commandtest.Run(t, "verify", "--evidence", file); code != exit.Failed || !strings.Contains(talk, "not what the terminal sealed") {
		t.Errorf("a changed sale: exit %d, %s", code, talk)
	}
	if code, _, talk := commandtest.Run(t, "hq", "evidence", "Till of 1", "--day", "2000-01-01", "--data", dir); code != exit.Failed || !strings.Contains(talk, "nothing of this till") {
		t.Errorf("of a day without entries: exit %d, %s", code, talk)
	}
}
