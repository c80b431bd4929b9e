// Package testkit sets up real things for tests of several packages: a till on
// a real store, a real headquarters behind real HTTPS, and the network between
// them with its faults.
package testkit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Program is the shipped starter program with pieces of its text replaced:
// old, new, old, new. Each old must stand in it.
func Program(t testing.TB, edits ...string) *loyalty.Program {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(moduleRoot(t), "configs", "programs", "starter.yaml"))
	must(t, err)
	text := string(source)
	for i := 0; i+1 < len(edits); i += 2 {
		if !strings.Contains(text, edits[i]) {
			t.Fatalf("the starter program has no %q", edits[i])
		}
		text = strings.ReplaceAll(text, edits[i], edits[i+1])
	}
	return Load(t, text)
}

// Load reads a program.
func Load(t testing.TB, text string) *loyalty.Program {
	t.Helper()
	program, err := loyalty.Load([]byte(text), "program.yaml")
	must(t, err)
	return program
}

// Once asks for rewards, each of them once.
func Once(rewards ...string) (asked []loyalty.Redemption) {
	for _, reward := range rewards {
		asked = append(asked, loyalty.Redemption{Reward: reward, Times: 1})
	}
	return asked
}

// moduleRoot is where go.mod lies, above the folder that tests run in.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	must(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}
