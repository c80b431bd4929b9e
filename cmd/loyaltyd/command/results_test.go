package command_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

// Results that nobody gets are a failure, and one of the disk.
func TestResultsThatDoNotArrive(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{{"version"}, {"version", "--json"}, {"config", "print"}, {"help"}} {
		var talk bytes.Buffer
		if code := command.Run(t.Context(), args, nil, full, &talk); code != exit.IO || !strings.Contains(talk.String(), "make room") {
			t.Errorf("%v: exit %d and %q, want %d", args, code, &talk, exit.IO)
		}
	}
}
