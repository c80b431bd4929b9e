package hq_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Serve projects what comes and wakes whoever waits for the feed, and ends
// with its context, waiters included.
func TestServe(t *testing.T) {
	w := newWorld(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.hq.Serve(ctx, listener, func(err error) { t.Error(err) }) }()
	w.url = "https://" + listener.Addr().String()

	a := w.newTill("lane 1")
	a.pull()
	pages := make(chan wire.Page, 1)
	go func() {
		p, err := a.feed(20 * time.Second)
		if err != nil {
			t.Error(err)
		}
		pages <- p
	}()
	b := w.newTill("lane 2")
	id := b.addMember(ayse, "")
	b.push()
	p := <-pages
	if len(p.Changes) == 0 {
		t.Fatal("woken with nothing")
	}
	if len(p.Changes) != 1 || p.Changes[0].Key != id.String() || p.Next.Position != p.Changes[0].Position {
		t.Errorf("page %+v", p)
	}
	a.cursor = p.Next
	waiting := make(chan error, 1)
	go func() { _, err := a.feed(25 * time.Second); waiting <- err }()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	<-waiting
}

// Where too many are at work already, and stay at it, the next is told to come again
// before its body is read.
func TestBusy(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	release := w.hq.HoldRoom()
	r, _ := http.NewRequest(http.MethodPost, w.url+wire.BatchPath, nil)
	if err := a.do(r, "", new(ledger.Ack)); code(err) != wire.CodeBusy {
		t.Errorf("got %v, want busy", err)
	}
	release()
	a.mustHello(wire.InStep)
}

// begin asks for a batch to be taken, of which nothing comes yet.
func begin(conn net.Conn, size int) {
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Encoding: zstd\r\nContent-Length: %d\r\n\r\n", wire.BatchPath, size)
}

// Bodies of strangers that do not come keep nobody out, though as many are waited for as
// requests are worked on at once.
func TestSlowBodies(t *testing.T) {
	b := newBad(t)
	for range hq.MaxRequests {
		conn := b.dial()
		defer conn.Close()
		begin(conn, 1000)
	}
	for range 3 { // by then all of them are waited for
		b.goesOn()
	}
}

// Connections of strangers that say nothing are so many at most: the one that has waited
// longest gives way.
func TestSilentConnections(t *testing.T) {
	server := newWorld(t).hq.Server()
	var first net.Conn
	for range hq.MaxConnections + 1 {
		client, conn := net.Pipe()
		server.ConnState(conn, http.StateNew)
		if first == nil {
			first = client
		}
	}
	_ = first.SetReadDeadline(time.Now().Add(10 * time.Second)) // it fails on one that is closed already
	if _, err := first.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the first of them: %v", err)
	}
}

// The feed is state: a later row replaces an earlier one, a new cursor reads
// all of it in pages, and another incarnation's cursor reads from the
// beginning.
func TestFeed(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	const members = 520
	var last ledger.Subject
	for i := range members {
		last = ledger.SubjectOf(a.addMember(phoneNumber(i), ""))
		if i%400 == 399 {
			a.push()
		}
	}
	a.sync()
	if len(a.rows) != members {
		t.Fatalf("%d rows, want %d", len(a.rows), members)
	}
	before := a.cursor
	a.earn(last, 3)
	a.sync()
	if len(a.rows) != members || a.cursor.Position != before.Position+1 {
		t.Errorf("%d rows up to %d, want one row more replaced after %d", len(a.rows), a.cursor.Position, before.Position)
	}
	row := a.rows["account "+string(last)].Account
	if len(row.Applied) != 1 || row.Applied[0] != a.place() || row.Balances[0].Available != 3 || len(row.Identifiers) != 1 {
		t.Errorf("row %+v", row)
	}
	p, err := a.feed(0)
	if err != nil || len(p.Changes) != 0 || p.Next != a.cursor {
		t.Errorf("at the end: %+v, %v", p, err)
	}
	a.cursor = ledger.Cursor{Incarnation: 9, Position: a.cursor.Position}
	if p, err = a.feed(0); err != nil || len(p.Changes) != 500 || !p.More || p.Changes[0].Position == 0 {
		t.Errorf("another incarnation's cursor: %d rows, more %t, %v", len(p.Changes), p.More, err)
	}
	// A second store hears of everybody under keys of its own.
	err = w.hq.CreateStore(t.Context(), wire.Store{ID: "0002", Name: "Second", Currency: "TRY", TimeZone: "Europe/Istanbul", Region: "TR"})
	if err != nil {
		t.Fatal(err)
	}
	w.work()
	secret, err := w.hq.IssueCode(t.Context(), "0002", "lane 1", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	b := w.newTill("unused")
	if b.Enrolled, err = b.enroll(secret, b.key.Public().(ed25519.PublicKey)); err != nil {
		t.Fatal(err)
	}
	b.mustHello(wire.InStep)
	b.pull()
	if len(b.rows) != members {
		t.Fatalf("the second store has %d rows, want %d", len(b.rows), members)
	}
	other := b.rows["account "+string(last)].Account
	if other.Identifiers[0] == row.Identifiers[0] || len(other.Applied) != 0 {
		t.Errorf("the second store's row %+v is like the first's", other)
	}
}

// Whoever asks a headquarters that is being closed is told to come again, and not that it
// may not ask: who it is could not be looked up.
func TestNobodyIsUnauthorizedByAClosedDatabase(t *testing.T) {
	w := newWorld(t)
	at := w.newTill("lane 1")
	w.restart() // and has forgotten whose key is whose
	if err := w.hq.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := at.hello(); !isBusy(err) {
		t.Errorf("it was answered %v, want to come again", err)
	}
	if n := w.told(event.Failed); n != 0 {
		t.Errorf("people were told %d times that a request failed", n)
	}
}
