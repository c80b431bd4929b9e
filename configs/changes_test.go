package configs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/configs"
)

// A change is told apart by whether a running daemon takes it, and what is
// taken is exactly what was said to be.
func TestChanges(t *testing.T) {
	to := configs.Default()
	to.LogLevel, to.Standalone.IdleTimeout, to.Standalone.MaxAmount = "debug", time.Minute, 5
	to.Region, to.API.Listen = "DE", "127.0.0.1:1"
	to.Keypads = []configs.Keypad{{Name: "lane"}}
	reload, restart := configs.Changes(configs.Default(), to)
	if diff := cmp.Diff([]string{"log_level", "standalone.max_amount", "standalone.idle_timeout"}, reload); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"region", "keypads", "api.listen"}, restart); diff != "" {
		t.Error(diff)
	}
	left, still := configs.Changes(configs.Default().Reloaded(to), to)
	if diff := cmp.Diff(restart, append(left, still...)); diff != "" {
		t.Errorf("what reloads is not taken over: %s", diff)
	}
}

// The sample marks what reloads: the comment above the key, or above a section
// that it is in, says so.
func TestSampleMarksWhatReloads(t *testing.T) {
	var within []string
	marked, comment := map[string]bool{}, ""
	for line := range strings.Lines(string(configs.Sample)) {
		line = strings.TrimRight(line, "\n")
		text := strings.TrimSpace(line)
		switch name, _, isKey := strings.Cut(text, ":"); {
		case strings.HasPrefix(text, "#"):
			comment += text
			continue
		case !isKey:
		default:
			depth := min(len(within), (len(line)-len(text))/2)
			section := strings.Join(within[:depth], ".")
			within = append(within[:depth], name)
			marked[strings.Join(within, ".")] = marked[section] || strings.Contains(comment, "(reloads)")
		}
		comment = ""
	}
	for key, reloads := range configs.Reloads() {
		if reloads != marked[key] {
			t.Errorf("%s: reloads %v, the sample says %v", key, reloads, marked[key])
		}
	}
}
