package sync_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// narrow is what stands before headquarters and passes on no body of more than some
// bytes: what it does with such is its own.
type narrow struct {
	next    hqsync.Transport
	most    int
	larger  func() (hqsync.Answer, error)
	refused int
}

// Do implements hqsync.Transport.
func (n *narrow) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	if r.Target == wire.BatchPath && len(r.Body) > n.most {
		n.refused++
		return n.larger()
	}
	return n.next.Do(ctx, r)
}

// A batch that something between till and headquarters does not let through, or that the
// line is too slow for, is halved until it goes.
func TestNarrowWay(t *testing.T) {
	for name, larger := range map[string]func() (hqsync.Answer, error){
		"refused by a load balancer": func() (hqsync.Answer, error) {
			return hqsync.Answer{Status: http.StatusRequestEntityTooLarge, Header: http.Header{}, Body: []byte("<html>")}, nil
		},
		"never through in time": func() (hqsync.Answer, error) { return hqsync.Answer{}, context.DeadlineExceeded },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			e := w.till()
			w.takeIn(e)
			w.drain(e)
			const sales = 24
			for range sales {
				w.sell(e, 10_000)
			}
			way := &narrow{next: e.Network.Transport, most: 700, larger: larger}
			e.Network.Transport = way
			w.drain(e)
			if way.refused == 0 {
				t.Error("nothing was too large")
			}
			w.agrees(sales + 1)
		})
	}
}

// lostPaths is a load balancer that finds nobody behind it for some paths.
type lostPaths struct {
	next hqsync.Transport
	lost []string
}

// Do implements hqsync.Transport.
func (l *lostPaths) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	for _, path := range l.lost {
		if r.Target == path {
			return hqsync.Answer{Status: http.StatusNotFound, Header: http.Header{}, Body: []byte("default backend - 404")}, nil
		}
	}
	return l.next.Do(ctx, r)
}

// That something between finds nobody there does not say that headquarters wants nothing
// back: the till hands it all back once it is heard.
func TestHandBackIsNotLost(t *testing.T) {
	w := newWorld(t)
	e := w.till()
	w.takeIn(e)
	w.drain(e)
	w.pull(e)
	w.sell(e, 10_000)
	w.drain(e)
	backup := w.Backup()
	w.must(w.Publish(context.Background(), nextVersion(t), "next.yaml"))
	w.pull(e)
	w.Headquarters = w.Restore(backup)
	w.Move(e)
	between := &lostPaths{next: e.Network.Transport}
	e.Network.Transport = between
	for _, path := range []string{wire.PublicationPath, wire.ListingPath} {
		between.lost = []string{path}
		if _, err := e.Exchange.Greet(context.Background()); err == nil {
			t.Errorf("%s is lost, and the till goes on", path)
		}
	}
	between.lost = nil
	w.greet(e)
	w.drain(e)
	w.pull(e)
	if published, _, err := w.Programs(context.Background()); err != nil || len(published) != 2 {
		t.Errorf("headquarters has %d versions again, %v", len(published), err)
	}
	w.agrees(2)
}

// A portal that shows its own page to whoever wants anything is told of as what it is.
func TestPortal(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := wire.SelfMade(key, "portal")
	if err != nil {
		t.Fatal(err)
	}
	port := serve(t, config, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>sign in</html>")) })
	transport := hqsync.NewHTTP("https://localhost:"+port, only(hqKey))
	defer transport.Close()
	_, err = hqsync.NewExchange(new(scripted).identity(), emptyOutbox{}, transport, time.Now, nil).Greet(t.Context())
	if other, ok := errors.AsType[*hqsync.OtherKeyError](err); !ok || !other.Shown.Equal(key.Public()) {
		t.Errorf("the till says %v", err)
	}
}

// liesAs is a hub that signs whatever it says.
type liesAs struct {
	asked atomic.Int64
	says  func(path string) (status int, value any)
	by    func(h http.Header, nonce string, status int, body []byte)
}

// Do implements hqsync.Transport.
func (l *liesAs) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	if l.asked.Add(1) > 5000 { // without end: let time pass, so that the test can say so
		<-ctx.Done()
		return hqsync.Answer{}, ctx.Err()
	}
	path, _, _ := strings.Cut(r.Target, "?")
	status, value := l.says(path)
	body, err := json.Marshal(value)
	if err != nil {
		return hqsync.Answer{}, err
	}
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), &claims); err != nil {
		return hqsync.Answer{}, err
	}
	header := http.Header{}
	l.by(header, claims.ID, status, body)
	return hqsync.Answer{Status: status, Header: header, Body: body}, nil
}

func byHub(h http.Header, nonce string, status int, body []byte) {
	wire.CountersignHub(h, hqKey, nonce, status, body)
}

// link is a till's to such a hub.
func (l *liesAs) link(till *testkit.Till) *hqsync.HubLink {
	hq := &scripted{}
	return hqsync.NewHubLink(hq.exchange(till), ledger.Fingerprint(hq.identity().Headquarters), till.Store, l)
}

// Whatever a hub always says, its lane does not ask it without end.
func TestHubNoBusyLoop(t *testing.T) {
	for name, c := range map[string]struct {
		sold int
		says func(path string) (int, any)
	}{
		"all is too large": {5, func(path string) (int, any) {
			if path == wire.HubBatchPath {
				return http.StatusRequestEntityTooLarge, wire.Refuse(wire.CodeTooLarge, "")
			}
			return http.StatusOK, said(path)
		}},
		"more news that never comes": {0, func(path string) (int, any) {
			if path == wire.HubNewsPath {
				return http.StatusOK, wire.NewsPage{More: true}
			}
			return http.StatusOK, said(path)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			till := testkit.NewTill(t, testkit.Program(t))
			sell(t, till, c.sold)
			synctest.Test(t, func(t *testing.T) {
				hub := &liesAs{says: c.says, by: byHub}
				runFor(t, hqsync.NewLoop(hub.link(till)), 10*time.Minute)
				if n := hub.asked.Load(); n > 4*600+100 {
					t.Errorf("%d requests in ten minutes", n)
				}
			})
		})
	}
}

// said is what a hub answers that has nothing.
func said(path string) any {
	if path == wire.HubNewsPath {
		return wire.NewsPage{}
	}
	return wire.HubWelcome{}
}

// What the hub did not sign moves no clock, whatever its status.
func TestHubUnsigned(t *testing.T) {
	till := testkit.NewTill(t, testkit.Program(t))
	clock := func(string) (int, any) {
		refusal := wire.Refuse(wire.CodeClock, "")
		refusal.AtMillis = 1
		return http.StatusUnauthorized, refusal
	}
	hub := &liesAs{says: clock, by: func(http.Header, string, int, []byte) {}}
	_, err := hub.link(till).Greet(context.Background())
	var refusal *wire.Refusal
	if hub.asked.Load() != 1 || !errors.As(err, &refusal) || refusal.Code != wire.CodeBusy {
		t.Errorf("asked %d times, and says %v", hub.asked.Load(), err)
	}
}
