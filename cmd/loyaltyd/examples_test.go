package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Each example sells once, also where the answer to its first try is lost on the
// way, and is told what the customer earned.
func TestExamples(t *testing.T) {
	config := shopConfig(private(t))
	till, stop := openOwnTill(t, config)
	defer stop()
	takeIn(t, till, ayse)
	token := filepath.Join(config.DataDir, "api.token")
	sold := 0
	for name, command := range map[string][]string{
		"curl":       {"sh", "../../examples/curl/sale.sh"},
		"python":     {"python3", "../../examples/python/sale.py"},
		"go":         {"go", "run", "../../examples/go"},
		"javascript": {"node", "../../examples/javascript/sale.mjs"},
		"csharp":     {"mono", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "csharp" {
				command[1] = compiled(t, "mcs", "-r:System.Net.Http", "../../examples/csharp/Sale.cs")
			}
			need(t, command[0])
			ctx := within(t, 2*time.Minute)
			way := losesFirst(t, till.listener.Addr().String())
			args := append(command[1:len(command):len(command)], way, token, ayse)
			out, err := exec.CommandContext(ctx, command[0], args...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if !strings.Contains(string(out), "28") || !strings.Contains(strings.ToLower(string(out)), "earned") {
				t.Errorf("it was told\n%s", out)
			}
			sold++
			awaits(t, config.DataDir, ledger.Points(28*sold), 0)
		})
	}
}

// compiled is a program that a compiler made.
func compiled(t *testing.T, compiler string, args ...string) string {
	t.Helper()
	need(t, compiler)
	program := filepath.Join(t.TempDir(), "program")
	out, err := exec.CommandContext(within(t, time.Minute), compiler, append(args, "-out:"+program)...).CombinedOutput()
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
