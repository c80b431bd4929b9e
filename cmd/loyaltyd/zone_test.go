package main

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

// Times at a till are its store's, and name the zone; also what its headquarters
// tells of the tills.
func TestTimesNameTheirZone(t *testing.T) {
	dir := private(t)
	config := shopConfig(dir)
	config.TimeZone = "Asia/Kathmandu" // no machine's default
	till, err := openTerminal(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := runs(t, till)
	takeIn(t, till, ayse)
	awaitsWords(t, []string{"running since ", " +0545"}, "status", "--data", dir)
	says(t, []string{" +0545"}, "hq", "terminals", "--data", dir)
	awaitsWords(t, []string{" +0545  enrolled"}, "member", "history", ayse, "--data", dir)
	if _, out, _ := command(t, "doctor", "--data", dir); !strings.Contains(out, "+0545, ") {
		t.Errorf("doctor says\n%s", out)
	}
	stop()
}
