package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A rule's name that is nearly right is answered with the right one, a further
// program with how a store gets it, and a file without members with that.
func TestNextStepsAtHeadquarters(t *testing.T) {
	dir := private(t)
	config := shopConfig(dir)
	config.HQ.Listen = "127.0.0.1:0"
	h, err := openHQDaemon(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := runs(t, h)
	defer stop()
	wants := func(exit int, want string, args ...string) {
		t.Helper()
		code, out, talk := command(t, append(args, "--data", dir)...)
		if code != exit || !strings.Contains(out+talk, want) {
			t.Errorf("%v: exit %d, want %d and %q: %s%s", args, code, exit, want, out, talk)
		}
	}
	wants(exit.Data, `did you mean "base"?`, "program", "stop", "bass", "--reason", "over", "--yes")
	wants(exit.Data, `did you mean "base"?`, "program", "stop", "bass", "--program", "starter", "--reason", "over", "--yes")
	wants(exit.Data, `no program "silver"`, "program", "stop", "base", "--program", "silver", "--reason", "over", "--yes")
	gold := version(t, "program: starter", "program: gold")
	wants(exit.OK, "loyaltyd hq store set STORE --program gold", "program", "publish", gold, "--another", "--yes")
	for text, want := range map[string]string{"": "the file is empty", "phone,points\n": "no line with a member"} {
		file := filepath.Join(t.TempDir(), "members.csv")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		wants(exit.Data, want, "member", "import", file, "--dry-run", "--program", "starter")
	}
}

// A code for friends is shown where it brings somebody something.
func TestNoCodeWithoutReferral(t *testing.T) {
	dir := private(t)
	till, stop := openOwnTill(t, shopConfig(dir))
	takeIn(t, till, ayse)
	awaitsWords(t, []string{"at this till's own headquarters:"}, "member", "show", ayse, "--data", dir)
	if out := says(t, nil, "member", "show", ayse, "--data", dir); strings.Contains(out, "code for friends") {
		t.Errorf("the program gives nothing for it:\n%s", out)
	}
	if out := says(t, nil, "member", "show", ayse, "--json", "--data", dir); strings.Contains(out, "referral_code") {
		t.Errorf("the program gives nothing for it:\n%s", out)
	}
	stop()
}

// What headquarters changed is said so that it can be read to her.
func TestHistoryOfCorrections(t *testing.T) {
	for reason, want := range map[string]string{loyalty.CapExceeded: "more than the limit allows", loyalty.CapFreed: "room again"} {
		if got := whatHappened(hq.Happened{Kind: ledger.Correct, Reason: reason}); !strings.Contains(got, want) || strings.Contains(got, reason) {
			t.Errorf("%s is said as %q", reason, got)
		}
	}
	if got := verdictWords(ledger.LossFunded); !strings.Contains(got, "the program pays") {
		t.Errorf("said as %q", got)
	}
}
