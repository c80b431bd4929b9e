// Package commandtest runs commands in tests, in this process or in one of their own.
package commandtest

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// Env makes a test binary be the command, so that daemons in tests are
// processes of their own without another build.
const Env = "BE_LOYALTYD"

// Main is the TestMain of tests that start processes.
func Main(m *testing.M) {
	if os.Getenv(Env) != "" {
		command.Main()
	}
	os.Exit(m.Run())
}

// Run runs a command line in this process.
func Run(t testing.TB, args ...string) (code int, out, talk string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = command.Run(testkit.Within(t, 30*time.Second), args, os.Stdin, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}
