package postgres_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
)

// Behind something that keeps connections open and passes nothing on, as a balancer whose
// server is gone may, nobody waits for ever, wherever a transaction is.
func TestSilentServer(t *testing.T) {
	ctx := context.Background()
	way := newWay(t, postgrestest.Shared(t).Database(t))
	db := open(t, options(way.url, thing))
	db.Limit(100 * time.Millisecond)
	silence := func(*database.Tx) error { way.silent.Store(true); return nil }
	for what, fn := range map[string]func() error{
		"before it begins": func() error {
			silence(nil)
			return db.Update(ctx, func(*database.Tx) error { return nil })
		},
		"in a statement": func() error {
			return db.Update(ctx, func(tx *database.Tx) error {
				silence(tx)
				return tx.QueryRow(`SELECT 1`).Scan(new(int))
			})
		},
		"at its commit": func() error { return db.Update(ctx, silence) },
	} {
		way.silent.Store(false)
		if err := db.Update(ctx, func(*database.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		over := make(chan error, 1)
		go func() { over <- fn() }()
		select {
		case err := <-over:
			if !errors.Is(err, database.ErrStorage) {
				t.Errorf("%s: %v", what, err)
			}
		case <-time.After(20 * time.Second):
			way.cut()
			t.Fatalf("%s: it waits", what)
		}
	}
	way.cut() // who closes a connection waits for its end
}

// way leads to a server, and may fall silent.
type way struct {
	url    string
	silent atomic.Bool
	conns  sync.Map // of net.Conn
}

func (w *way) cut() {
	w.conns.Range(func(conn, _ any) bool { conn.(net.Conn).Close(); return true })
}

// newWay leads to the server of a URL whose host is a socket's folder.
func newWay(t *testing.T, to string) *way {
	t.Helper()
	address, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	sockets, err := filepath.Glob(filepath.Join(query.Get("host"), ".s.PGSQL.*[0-9]"))
	if err != nil || len(sockets) != 1 {
		t.Fatalf("sockets %q, %v", sockets, err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	query.Del("host")
	query.Set("sslmode", "disable")
	address.Host, address.RawQuery = listener.Addr().String(), query.Encode()
	w := &way{url: address.String()}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", sockets[0])
			if err != nil {
				near.Close()
				continue
			}
			w.conns.Store(near, true)
			go w.pass(near, far)
			go w.pass(far, near)
		}
	}()
	return w
}

// pass hands on what comes, but for what comes while it is silent.
func (w *way) pass(to, from net.Conn) {
	defer to.Close()
	for some := make([]byte, 1<<16); ; {
		n, err := from.Read(some)
		if err != nil {
			return
		}
		var into io.Writer = to
		if w.silent.Load() {
			into = io.Discard
		}
		if _, err := into.Write(some[:n]); err != nil {
			return
		}
	}
}
