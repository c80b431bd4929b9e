package story_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// systemd finds nothing wrong with the units, and what they leave open of the
// machine is at most 2.0 of its ten points.
func TestUnits(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"loyaltyd.service", "loyaltyd-hq.service", "loyaltyd-hub.service"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("../../../configs/systemd", name))
			if err != nil {
				t.Fatal(err)
			}
			// The command must be there to be verified.
			unit := filepath.Join(t.TempDir(), name)
			installed := strings.ReplaceAll(string(text), "/usr/bin/loyaltyd", executable)
			if err := os.WriteFile(unit, []byte(installed), 0o644); err != nil {
				t.Fatal(err)
			}
			if said, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", unit).CombinedOutput(); err != nil || len(said) > 0 {
				t.Errorf("verify: %v\n%s", err, said)
			}
			rated, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", unit).CombinedOutput()
			if err != nil {
				t.Errorf("security: %v\n%s", err, rated)
			}
			lines := strings.Split(strings.TrimSpace(string(rated)), "\n")
			t.Log(lines[len(lines)-1])
		})
	}
}
