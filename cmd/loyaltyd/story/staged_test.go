package story_test

import (
	"os"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
)

// newStage returns a stage whose daemons are this test binary.
func newStage(t testing.TB) *stage.Stage {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage.Stage{Dir: t.TempDir(), Executable: executable, Env: []string{commandtest.Env + "=1"}}
	t.Cleanup(func() {
		s.Close()
		if t.Failed() {
			tellLogs(t, s)
		}
	})
	return s
}

// tellLogs shows what the daemons said.
func tellLogs(t testing.TB, s *stage.Stage) {
	names := []string{"hq"}
	for _, l := range s.Lanes {
		names = append(names, l.Name)
	}
	if s.Hub.Process != nil {
		names = append(names, "hub")
	}
	for _, name := range names {
		text, err := os.ReadFile(s.LogFile(name))
		t.Logf("%s said (%v):\n%s", name, err, text)
	}
}
