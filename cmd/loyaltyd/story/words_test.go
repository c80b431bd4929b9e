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

// A rule's name that is nearly right is answered with the right one, a further
// program with how a store gets it, and a file without members with that.
func TestNextStepsAtHeadquarters(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.HQ.Listen = "127.0.0.1:0"
	h, err := headquarters.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, h)
	defer stop()
	wants := func(exit int, want string, args ...string) {
		t.Helper()
		code, out, talk := commandtest.Run(t, append(args, "--data", dir)...)
		if code != exit || !strings.Contains(out+talk, want) {
			t.Errorf("%v: exit %d, want %d and %q: %s%s", args, code, exit, want, out, talk)
		}
	}
	wants(exit.Data, `did you mean "base"?`, "program", "stop", "bass", "--reason", "over", "--yes")
	wants(exit.Data, `did you mean "base"?`, "program", "stop", "bass", "--program", "starter", "--reason", "over", "--yes")
	wants(exit.Data, `no program "silver"`, "program", "stop", "base", "--program", "silver", "--reason", "over", "--yes")
	gold := shop.Version(t, "program: starter", "program: gold")
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
	dir := testkit.Private(t)
	till, stop := shop.Open(t, shop.Config(dir))
	shop.TakeIn(t, till, shop.Ayse)
	shop.AwaitsWords(t, []string{"at this till's own headquarters:"}, "member", "show", shop.Ayse, "--data", dir)
	if out := shop.Says(t, nil, "member", "show", shop.Ayse, "--data", dir); strings.Contains(out, "code for friends") {
		t.Errorf("the program gives nothing for it:\n%s", out)
	}
	if out := shop.Says(t, nil, "member", "show", shop.Ayse, "--json", "--data", dir); strings.Contains(out, "referral_code") {
		t.Errorf("the program gives nothing for it:\n%s", out)
	}
	stop()
}
