package story_test

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// The script for uniCenta and its kin sells once, also where the first answer is
// lost, and puts the receipt's lines where the POS prints them; a till that does
// not answer keeps the sale no longer than the script's time-out.
func TestUniCenta(t *testing.T) {
	need(t, "bsh")
	config := shop.Config(testkit.Private(t))
	till, stop := shop.Open(t, config)
	defer stop()
	shop.TakeIn(t, till, shop.Ayse)
	token := filepath.Join(config.DataDir, "api.token")

	way := losesFirst(t, till.Address())
	out := beanShell(t, way, token, "T-1", shop.Ayse)
	for _, want := range []string{"milk", `a "big" loaf`, "28.49", "Earned", "***0001"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q on the receipt:\n%s", want, out)
		}
	}
	shop.Awaits(t, config.DataDir, 23, 0)
	if out := beanShell(t, way, token, "T-1", shop.Ayse); !strings.Contains(out, "28.49") {
		t.Errorf("the same ticket again:\n%s", out)
	}
	shop.Awaits(t, config.DataDir, 23, 0)

	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close() // nobody accepts, and nothing is ever answered
	out = beanShell(t, "http://"+deaf.Addr().String(), token, "T-2", shop.Ayse)
	if !strings.Contains(out, "did not answer") || !strings.Contains(out, "nothing") {
		t.Errorf("without an answer:\n%s", out)
	}
}

// beanShell runs the script as the POS does at a ticket's close, and returns all
// that was said.
func beanShell(t *testing.T, url, token, ticket, phone string) string {
	t.Helper()
	shell := exec.CommandContext(testkit.Within(t, time.Minute), "bsh", "ticket.bsh", ticket, phone)
	shell.Dir = "../../../examples/unicenta"
	shell.Env = append(shell.Environ(), fmt.Sprintf("JAVA_TOOL_OPTIONS=-Dloyaltyd.url=%s -Dloyaltyd.token=%s -Dfile.encoding=UTF-8", url, token))
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}
