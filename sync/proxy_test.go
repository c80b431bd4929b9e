package sync_test

import (
	"context"
	"crypto/ed25519"
	"errors"
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

// asksInVain says that this process is the till of TestProxyThatIsNone.
const asksInVain = "LOYALTYD_TEST_ASKS_IN_VAIN"

// A proxy that is itself spoken to by TLS has another key than headquarters, and is not
// taken for one that pretends to be it; nor is told who may use it.
func TestProxyThatIsNone(t *testing.T) {
	if os.Getenv(asksInVain) != "" {
		hq := hqsync.NewHTTP("https://hq.invalid:8443", hqsync.FingerprintOf("any"))
		_, err := hq.Do(t.Context(), hqsync.Request{Method: http.MethodGet, Target: "/", Header: http.Header{}})
		if stranger := (*hqsync.OtherKeyError)(nil); err == nil || errors.As(err, &stranger) || !strings.Contains(err.Error(), "HTTPS_PROXY") {
			t.Error(err)
		}
		return
	}
	proxy := httptest.NewTLSServer(http.NotFoundHandler())
	defer proxy.Close()
	for _, named := range []string{
		strings.Replace(proxy.URL, "//", "//till:canary@", 1),
		"till:canary/77@proxy:3128", // means a scheme
		"http://till:canary#77@proxy:3128",
	} {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyThatIsNone$")
		child.Env = append(os.Environ(), asksInVain+"=1", "HTTPS_PROXY="+named, "NO_PROXY=")
		if out, err := child.CombinedOutput(); err != nil || strings.Contains(string(out), "canary") {
			t.Errorf("%s: %v: %s", named, err, out)
		}
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
