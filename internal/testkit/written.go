package testkit

import (
	"os"
	"path/filepath"
	"testing"
)

// WrittenFile is a new file with a text.
func WrittenFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
