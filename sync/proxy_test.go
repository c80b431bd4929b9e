package sync_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// asksByProxy says that this process is the till of TestByProxy, and by which key it knows
// headquarters: the environment's proxy is read once in a process.
const asksByProxy = "LOYALTYD_TEST_ASKS_BY_PROXY"

// Where a network lets nobody out but by a proxy, headquarters is reached by the one that
// the environment names, under its own key; a hub, which is in the house, past it.
func TestByProxy(t *testing.T) {
	if fingerprint := os.Getenv(asksByProxy); fingerprint != "" {
		hq := hqsync.NewHTTP("https://hq.invalid:8443", hqsync.FingerprintOf(fingerprint))
		answer, err := hq.Do(t.Context(), hqsync.Request{Method: http.MethodGet, Target: "/", Header: http.Header{}})
		if err != nil || string(answer.Body) != "headquarters" {
			t.Errorf("headquarters answers %q, %v", answer.Body, err)
		}
		hub := hqsync.NewHubHTTP("https://hub.invalid:8443", fingerprint)
		if _, err := hub.Do(t.Context(), hqsync.Request{Method: http.MethodGet, Target: "/", Header: http.Header{}}); err == nil {
			t.Error("a hub answers by the proxy")
		}
		return
	}
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	hq := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "headquarters") }))
	if hq.TLS, err = wire.SelfMade(key, "headquarters"); err != nil {
		t.Fatal(err)
	}
	hq.StartTLS()
	defer hq.Close()
	p := &connecting{to: hq.Listener.Addr().String()}
	proxy := httptest.NewServer(p)
	defer proxy.Close()

	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestByProxy$")
	child.Env = append(os.Environ(), asksByProxy+"="+ledger.Fingerprint(public), "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if got := strings.Join(p.asked, " "); got != "hq.invalid:8443" {
		t.Errorf("the proxy was asked for %q", got)
	}
}

// connecting is a proxy that leads everywhere to one place, and notes for what it was
// asked.
type connecting struct {
	to    string
	asked []string
}

func (p *connecting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked = append(p.asked, r.Host)
	there, err := new(net.Dialer).DialContext(context.WithoutCancel(r.Context()), "tcp", p.to)
	if r.Method != http.MethodConnect || err != nil {
		http.Error(w, "", http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	fmt.Fprint(here, "HTTP/1.1 200 OK\r\n\r\n")
	var both sync.WaitGroup
	both.Go(func() { io.Copy(there, here); there.Close() })
	both.Go(func() { io.Copy(here, there); here.Close() })
	both.Wait()
}
