package story_test

import (
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/rs/zerolog"
)

// Times at a till are its store's, and name the zone; also what its headquarters
// tells of the tills.
func TestTimesNameTheirZone(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.TimeZone = "Asia/Kathmandu" // no machine's default
	till, err := terminal.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, till)
	shop.TakeIn(t, till, shop.Ayse)
	shop.AwaitsWords(t, []string{"running since ", " +0545"}, "status", "--data", dir)
	shop.Says(t, []string{" +0545"}, "hq", "terminals", "--data", dir)
	shop.AwaitsWords(t, []string{" +0545  enrolled"}, "member", "history", shop.Ayse, "--data", dir)
	if _, out, _ := commandtest.Run(t, "doctor", "--data", dir); !strings.Contains(out, "+0545, ") {
		t.Errorf("doctor says\n%s", out)
	}
	stop()
}
