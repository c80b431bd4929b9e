package story_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// clients are the examples of a sale.
var clients = map[string][]string{
	"curl":       {"sh", "../../../examples/curl/sale.sh"},
	"python":     {"python3", "../../../examples/python/sale.py"},
	"go":         {"go", "run", "../../../examples/go"},
	"javascript": {"node", "../../../examples/javascript/sale.mjs"},
	"csharp":     {"mono"},
}

// eachClient runs a test of each of them; client runs it and returns what it said.
func eachClient(t *testing.T, test func(t *testing.T, client func(args ...string) (string, error))) {
	t.Helper()
	for name, command := range clients {
		t.Run(name, func(t *testing.T) {
			if name == "csharp" {
				command = append(command, compiled(t, "mcs", "-r:System.Net.Http", "../../../examples/csharp/Sale.cs"))
			}
			need(t, command[0])
			test(t, func(args ...string) (string, error) {
				args = append(command[1:len(command):len(command)], args...)
				out, err := exec.CommandContext(testkit.Within(t, 2*time.Minute), command[0], args...).CombinedOutput()
				return string(out), err
			})
		})
	}
}

// Each example sells once, also where the answer to its first try is lost on the
// way, and is told what the customer earned.
func TestExamples(t *testing.T) {
	config := shop.Config(testkit.Private(t))
	till, stop := shop.Open(t, config)
	defer stop()
	shop.TakeIn(t, till, shop.Ayse)
	token := filepath.Join(config.DataDir, "api.token")
	sold := 0
	eachClient(t, func(t *testing.T, client func(...string) (string, error)) {
		out, err := client(losesFirst(t, till.Address()), token, shop.Ayse)
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if !strings.Contains(out, "28") || !strings.Contains(strings.ToLower(out), "earned") {
			t.Errorf("it was told\n%s", out)
		}
		sold++
		shop.Awaits(t, config.DataDir, ledger.Points(28*sold), 0)
	})
}

// With no till there each example sells without it, tells the cashier so and keeps
// what the till is to hear; called wrongly it says how it is called.
func TestExamplesWithoutTill(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	eachClient(t, func(t *testing.T, client func(...string) (string, error)) {
		t.Parallel() // each waits between its tries
		out, err := client(gone.URL, token, shop.Ayse)
		if err != nil || !strings.Contains(out, "Sell without") || !strings.Contains(out, "Sold. Keep this") || !strings.Contains(out, `"tenders"`) {
			t.Errorf("%v:\n%s", err, out)
		}
		if out, err := client(gone.URL, token); err == nil || !strings.Contains(out, "usage: ") {
			t.Errorf("without a number %v:\n%s", err, out)
		}
	})
}

// What the till refuses is refused the next time too: each example sends it once and
// says what the till said.
func TestExamplesRefused(t *testing.T) {
	config := shop.Config(testkit.Private(t))
	till, stop := shop.Open(t, config)
	defer stop()
	token := filepath.Join(config.DataDir, "api.token")
	eachClient(t, func(t *testing.T, client func(...string) (string, error)) {
		way, asked := counts(t, till.Address())
		out, err := client(way, token, "12")
		if err == nil || !strings.Contains(out, "Sell without") || !strings.Contains(out, "phone number") {
			t.Errorf("%v:\n%s", err, out)
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("it told the sale %d times", n)
		}
	})
}

// compiled is a program that a compiler made.
func compiled(t *testing.T, compiler string, args ...string) string {
	t.Helper()
	need(t, compiler)
	program := filepath.Join(t.TempDir(), "program")
	out, err := exec.CommandContext(testkit.Within(t, time.Minute), compiler, append(args, "-out:"+program)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", compiler, err, out)
	}
	return program
}

// losesFirst is a way to a till on which the answer to the first sale is lost.
func losesFirst(t *testing.T, till string) string {
	t.Helper()
	var lost atomic.Bool
	way := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: till})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/complete") || lost.Swap(true) {
			way.ServeHTTP(w, r)
			return
		}
		way.ServeHTTP(httptest.NewRecorder(), r)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// counts is a way to a till that counts how often sales are told.
func counts(t *testing.T, till string) (string, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	way := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: till})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/complete") {
			asked.Add(1)
		}
		way.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, &asked
}
