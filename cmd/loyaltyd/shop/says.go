package shop

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

const (
	CashierPIN = "9081726354"
	ManagerPIN = "4509182736"
)

// Keyed runs a command to whose standard input a line is keyed.
func Keyed(t testing.TB, line string, args ...string) (code int, said string) {
	t.Helper()
	var out, talk bytes.Buffer
	code = command.Run(testkit.Within(t, 30*time.Second), args, strings.NewReader(line+"\n"), &out, &talk)
	return code, out.String() + talk.String()
}

// Says runs a command that succeeds, and wants words in what it says.
func Says(t testing.TB, words []string, args ...string) string {
	t.Helper()
	code, out, talk := commandtest.Run(t, args...)
	if code != exit.OK {
		t.Fatalf("%v: exit %d: %s%s", args, code, out, talk)
	}
	for _, want := range words {
		if !strings.Contains(out, want) {
			t.Errorf("%v: %q is not in\n%s", args, want, out)
		}
	}
	return out
}

// AwaitsWords runs a command until all words are in what it says.
func AwaitsWords(t testing.TB, words []string, args ...string) {
	t.Helper()
	for ctx := testkit.Within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		_, out, talk := commandtest.Run(t, args...)
		missing := ""
		for _, want := range words {
			if !strings.Contains(out, want) {
				missing = want
			}
		}
		if missing == "" {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("%v: %q is not in\n%s%s", args, missing, out, talk)
		}
	}
}

// Eventually runs a command until it says something: headquarters hears of what
// the till did a moment later.
func Eventually(t *testing.T, want string, args ...string) string {
	t.Helper()
	said := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, said = Keyed(t, "", args...); strings.Contains(said, want) {
			return said
		}
	}
	t.Fatalf("%v does not say %q: %s", args, want, said)
	return ""
}

// CodeFor asks a till that listens for a code for a till of a name.
func CodeFor(t *testing.T, dir, name string) string {
	t.Helper()
	for ctx := testkit.Within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		var code headquarters.CodeAnswer
		err := desk.Ask(ctx, dir, http.MethodPost, "/hq/codes", headquarters.CodeRequest{Name: name}, &code)
		if err == nil {
			return code.Code
		}
		if exit.Code(err) != exit.Unavailable || errors.Is(err, desk.ErrNoDaemon) {
			t.Fatal(err)
		}
	}
}
