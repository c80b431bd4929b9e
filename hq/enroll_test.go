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

// Of two codes for one place, a store's hub or a name, the first that is used has it. The
// other is told so and what to do, and stays unused: once the place is free it is good.
// Whoever has the place gets the same answer again.
func TestTwoCodesForOnePlace(t *testing.T) {
	for name, c := range map[string]struct {
		issue func(h *hq.Headquarters, name string) (string, error)
		names [2]string
		says  string
	}{
		"hub": {func(h *hq.Headquarters, name string) (string, error) {
			return h.IssueHubCode(t.Context(), "0001", name, time.Hour)
		}, [2]string{"hub", "another hub"}, "terminal replace"},
		"name": {func(h *hq.Headquarters, name string) (string, error) {
			return h.IssueCode(t.Context(), "0001", name, time.Hour)
		}, [2]string{"lane 1", "lane 1"}, "hq code --name"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			asker := &till{world: w, client: pinned(w.hq.PublicKey())}
			var codes [2]string
			var keys [2]ed25519.PublicKey
			for i := range codes {
				var err error
				if codes[i], err = c.issue(w.hq, c.names[i]); err != nil {
					t.Fatal(err)
				}
				keys[i], _, _ = ed25519.GenerateKey(nil)
			}
			first, err := asker.enroll(codes[0], keys[0])
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := asker.enroll(codes[1], keys[1]); code(err) != wire.CodeTaken || !strings.Contains(err.Error(), c.says) {
					t.Errorf("the second is told %v", err)
				}
			}
			again, err := asker.enroll(codes[0], keys[0])
			if diff := cmp.Diff(first, again); err != nil || diff != "" {
				t.Errorf("asked again: %v\n%s", err, diff)
			}
			if _, err := w.hq.ReplaceTerminal(t.Context(), first.Terminal, time.Hour); err != nil {
				t.Fatal(err)
			}
			other, _, _ := ed25519.GenerateKey(nil)
			if _, err := asker.enroll(codes[1], other); err != nil {
				t.Errorf("once the place is free: %v", err)
			}
			if again, err = asker.enroll(codes[0], keys[0]); err != nil || again.Terminal != first.Terminal {
				t.Errorf("asked again once replaced: %+v, %v", again, err)
			}
		})
	}
}

// Of many codes for one place that are used at once one has it.
func TestCodesForOnePlaceAtOnce(t *testing.T) {
	w := newWorld(t)
	asker := &till{world: w, client: pinned(w.hq.PublicKey())}
	var codes [8]string
	for i := range codes {
		var err error
		if codes[i], err = w.hq.IssueHubCode(t.Context(), "0001", fmt.Sprint("hub ", i), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	answers := make(chan error, len(codes))
	for _, secret := range codes {
		key, _, _ := ed25519.GenerateKey(nil)
		go func() {
			_, err := asker.enroll(secret, key)
			answers <- err
		}()
	}
	enrolled := 0
	for range codes {
		err := <-answers
		if err == nil {
			enrolled++
		} else if code(err) != wire.CodeTaken {
			t.Error(err)
		}
	}
	if enrolled != 1 {
		t.Errorf("%d hubs of one store", enrolled)
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
