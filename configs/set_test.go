package configs_test

import (
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/configs"
)

// A text is put where it belongs, and nothing else in the file changes.
func TestSetText(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"empty":          {"", "backup:\n  recipient: \"r\"\n"},
		"another":        {"region: TR # here\n", "region: TR # here\n\nbackup:\n  recipient: \"r\"\n"},
		"section":        {"backup:\n    keep: 3\nregion: TR\n", "backup:\n    recipient: \"r\"\n    keep: 3\nregion: TR\n"},
		"empty section":  {"backup:\n# keep: 3\n", "backup:\n  recipient: \"r\"\n# keep: 3\n"},
		"other value":    {"backup:\n  recipient: x # mine\n", "backup:\n  recipient: \"r\" # mine\n"},
		"no line at end": {"region: TR", "region: TR\n\nbackup:\n  recipient: \"r\"\n"},
	} {
		got, err := configs.SetText([]byte(c.file), "backup.recipient", "r")
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
	for _, file := range []string{"backup: {keep: 3}\n", "backup: [\n", "backup:\n  recipient: [a]\n", "backup:\n  recipient: |\n    x\n"} {
		if got, err := configs.SetText([]byte(file), "backup.recipient", "r"); err == nil {
			t.Errorf("%q became %q", file, got)
		}
	}
	got, err := configs.SetText(configs.Sample, "backup.recipient", "r")
	if err != nil || strings.Count(string(got), "\n") != strings.Count(string(configs.Sample), "\n") {
		t.Errorf("the sample: %v", err)
	}
}
