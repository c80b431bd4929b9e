package hq_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A code is good once, for one key, for a while; the same key gets the same
// answer again.
func TestEnrollmentCode(t *testing.T) {
	w := newWorld(t)
	public, _, _ := ed25519.GenerateKey(nil)
	other, _, _ := ed25519.GenerateKey(nil)
	secret, err := w.hq.IssueCode(t.Context(), "0001", "lane 1", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	asker := &till{world: w, client: pinned(w.hq.PublicKey())}
	first, err := asker.enroll(secret, public)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(2 * time.Hour)
	again, err := asker.enroll(secret, public)
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		t.Errorf("asked again: %v\n%s", err, diff)
	}
	if _, err := w.hq.IssueCode(t.Context(), "0001", "lane 1", time.Hour); !errors.Is(err, hq.ErrNameTaken) {
		t.Errorf("a name of two tills: %v", err)
	}
	late, err := w.hq.IssueCode(t.Context(), "0001", "lane 2", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(time.Hour)
	for name, ask := range map[string]struct {
		secret string
		key    ed25519.PublicKey
	}{
		"another key": {secret, other}, "unknown": {"nothing", public}, "too late": {late, public}, "empty": {"", public},
	} {
		if _, err := asker.enroll(ask.secret, ask.key); code(err) != wire.CodeUnauthorized {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := asker.enroll(secret, public[:31]); code(err) != wire.CodeInvalid {
		t.Errorf("short key: got %v", err)
	}
	if _, err := w.hq.IssueCode(t.Context(), "9999", "lane", time.Hour); err == nil {
		t.Error("a code for a store that is not there")
	}
}

// Requests that nobody known signed for us, for this and for now, are refused.
func TestRequests(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	a.earn("sale:"+ledger.Subject(newEntryID().String()), 1)
	batch := wire.Pack(a.batch(0, 1))
	_, stranger, _ := ed25519.GenerateKey(nil)
	send := func(change func(*http.Request)) error {
		r, _ := http.NewRequest(http.MethodPost, w.url+wire.BatchPath, bytes.NewReader(batch))
		r.Header.Set("Content-Encoding", wire.Zstd)
		change(r)
		return a.do(r, "", new(ledger.Ack))
	}
	sign := func(r *http.Request, body []byte, from ledger.TerminalID, to ledger.ChainID, key ed25519.PrivateKey, at time.Time) {
		if _, err := wire.Authorize(r, body, from, to, key, at); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   wire.Code
	}{
		"unsigned":         {func(*http.Request) {}, wire.CodeUnauthorized},
		"another key":      {func(r *http.Request) { sign(r, batch, a.Terminal, a.Chain, stranger, w.now()) }, wire.CodeUnauthorized},
		"another body":     {func(r *http.Request) { sign(r, nil, a.Terminal, a.Chain, a.key, w.now()) }, wire.CodeUnauthorized},
		"another audience": {func(r *http.Request) { sign(r, batch, a.Terminal, ledger.ChainID(a.Terminal), a.key, w.now()) }, wire.CodeUnauthorized},
		"unknown terminal": {func(r *http.Request) { sign(r, batch, ledger.TerminalID(newAccountID()), a.Chain, a.key, w.now()) }, wire.CodeUnknown},
		"expired":          {func(r *http.Request) { sign(r, batch, a.Terminal, a.Chain, a.key, w.now().Add(-time.Hour)) }, wire.CodeClock},
		"of the future":    {func(r *http.Request) { sign(r, batch, a.Terminal, a.Chain, a.key, w.now().Add(time.Hour)) }, wire.CodeClock},
		"good":             {func(r *http.Request) { sign(r, batch, a.Terminal, a.Chain, a.key, w.now()) }, ""},
	} {
		if got := code(send(c.change)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	b := w.newTill("lane 2")
	if _, err := b.send(a.batch(0, 1)); code(err) != wire.CodeInvalid {
		t.Errorf("another terminal's batch: %v", err)
	}
}

// A terminal whose clock is off is told the time, signed.
func TestClockTold(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	r, _ := http.NewRequest(http.MethodGet, w.url+wire.FeedPath, nil)
	nonce, err := wire.Authorize(r, nil, a.Terminal, a.Chain, a.key, w.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	err = a.do(r, nonce, new(wire.Page))
	if code(err) != wire.CodeClock || err.(*wire.Refusal).AtMillis != w.now().UnixMilli() {
		t.Errorf("got %v", err)
	}
}

// What unpacks to more than a message may be, or is larger than a request, is
// refused before it costs memory.
func TestTooLarge(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	if err := a.ask(http.MethodPost, wire.BatchPath, make([]byte, 64<<20), new(ledger.Ack)); code(err) != wire.CodeTooLarge {
		t.Errorf("bomb: %v", err)
	}
	r, _ := http.NewRequest(http.MethodPost, w.url+wire.BatchPath, bytes.NewReader(make([]byte, wire.MaxRequest+1)))
	if err := a.do(r, "", new(ledger.Ack)); code(err) != wire.CodeTooLarge {
		t.Errorf("large request: %v", err)
	}
}

// A copied folder tells no phone number and no name; only its key file opens
// them.
func TestNothingToRead(t *testing.T) {
	w, a, _ := served(t, 1000)
	a.suspect("S-x", "+905559876543", 1)
	a.sync()
	if name := w.member(ayse).Name; name != "A*** Y***" {
		t.Errorf("masked name %q", name)
	}
	w.hq.Close()
	files, err := filepath.Glob(filepath.Join(w.dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"5321234567", "5559876543", "Yılmaz", "Ayşe"} {
			if bytes.Contains(content, []byte(text)) {
				t.Errorf("%s holds %q", filepath.Base(file), text)
			}
		}
		if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", filepath.Base(file), info.Mode().Perm())
		}
	}
	for _, e := range w.events {
		if text := fmt.Sprintf("%+v", e); strings.Contains(text, "5321234567") {
			t.Errorf("an event tells a number: %s", text)
		}
	}
}

// A database whose key file is gone or another's is refused, not begun anew.
func TestKeyFile(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	w.server.Close()
	w.hq.Close()
	key := filepath.Join(w.dir, "hq.key")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if _, err := hq.Open(t.Context(), hq.Options{Dir: w.dir, Database: w.database}); err == nil {
		t.Error("opened without its keys")
	}
	foreign, err := os.ReadFile(filepath.Join(other.dir, "hq.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, foreign, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := hq.Open(t.Context(), hq.Options{Dir: w.dir, Database: w.database}); err == nil {
		t.Error("opened with another's keys")
	}
}
