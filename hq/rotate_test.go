package hq_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const overlap = 12 * time.Hour

func (w *world) rotate(overlap time.Duration) hq.KeyState {
	w.Helper()
	state, err := w.hq.RotateKey(context.Background(), overlap)
	if err != nil {
		w.Fatal(err)
	}
	return state
}

func (w *world) keyState() hq.KeyState {
	w.Helper()
	state, err := w.hq.KeyState(context.Background())
	if err != nil {
		w.Fatal(err)
	}
	return state
}

// keyFile reads the key file as it lies on disk.
func (w *world) keyFile() (text []byte, fields map[string]any) {
	w.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, hq.KeyFile))
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		w.Fatal(err)
	}
	return text, fields
}

func (w *world) putKeyFile(text []byte) {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, hq.KeyFile), text, 0o600); err != nil {
		w.Fatal(err)
	}
}

// The successor is in the key file before anybody hears of it, signs when its
// time has come, whatever the clock does then, and the key before it leaves the
// file. A second one has to wait for the first.
func TestRotateKey(t *testing.T) {
	w := newWorld(t)
	first := w.keyState()
	before, fields := w.keyFile()
	old := fields["signer"].(string)
	announced := w.rotate(overlap)
	if announced.KeyID != first.KeyID || announced.Next == "" || announced.NextFrom != ledger.MillisOf(w.now()).Add(overlap) {
		t.Fatalf("announced: %+v", announced)
	}
	if _, err := w.hq.RotateKey(context.Background(), 0); !errors.Is(err, hq.ErrRotating) {
		t.Errorf("a second successor: %v", err)
	}
	w.restart()
	if got := w.keyState(); got.Next != announced.Next {
		t.Errorf("after a restart: %+v", got)
	}
	w.pass(overlap)
	w.work()
	w.keyState()
	w.pass(-time.Minute)
	if got := w.keyState(); got.KeyID != announced.Next || got.Next != "" || len(got.Retired) != 1 || got.Retired[0].KeyID != first.KeyID {
		t.Errorf("after its time: %+v", got)
	}
	w.pass(time.Minute)
	w.restart()
	if text, _ := w.keyFile(); strings.Contains(string(text), old) {
		t.Error("the key file still has the private half of the retired key")
	}
	w.putKeyFile(before)
	w.server.Close()
	if err := w.hq.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := hq.Open(context.Background(), hq.Options{Dir: w.dir, Database: w.database, Now: w.now})
	if !isKeyFault(err) || !strings.Contains(err.Error(), "hq key rotate") || !strings.Contains(err.Error(), announced.Next) {
		t.Errorf("with the key file of before: %v", err)
	}
}

// A rotation that ended between the key file and the database is gone on with.
func TestRotateKeyCutShort(t *testing.T) {
	w := newWorld(t)
	w.rotate(overlap)
	w.sql(`DELETE FROM signing_key`)
	w.restart()
	w.sql(`DELETE FROM signing_key`) // it is there again, or this would find nothing
}

// A database put back with the key file of before a rotation begins anew with that,
// because a person says so; the newer file, brought later, is gone on with.
func TestRestoreWithOlderKeyFile(t *testing.T) {
	w := newWorld(t)
	first := w.keyState().KeyID
	before, _ := w.keyFile()
	next := w.rotate(0).KeyID
	after, _ := w.keyFile()
	w.putKeyFile(before)
	w.server.Close()
	if err := w.hq.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := custody.Restore(t.Context(), home.At{Dir: w.dir, Database: w.database}, w.now()); err != nil {
		t.Fatal(err)
	}
	w.open()
	if got := w.keyState().KeyID; got != first {
		t.Errorf("it signs with %s, want %s", got, first)
	}
	w.putKeyFile(after)
	w.restart()
	if got := w.keyState().KeyID; got != next {
		t.Errorf("it signs with %s, want %s", got, next)
	}
}

// A key file whose successor, or whose announcement, was taken out holds no keys.
func TestRotateKeyFileDamaged(t *testing.T) {
	for _, part := range []string{"successor", "successions", "signer"} {
		w := newWorld(t)
		w.rotate(overlap)
		_, fields := w.keyFile()
		delete(fields, part)
		text, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		w.putKeyFile(text)
		w.server.Close()
		if err := w.hq.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := hq.Open(context.Background(), hq.Options{Dir: w.dir, Database: w.database, Now: w.now}); !isKeyFault(err) {
			t.Errorf("without %s: %v", part, err)
		}
	}
}

// Of several processes on one database one rotates; another goes on until the
// successor signs, is told to bring the key file, takes it when it comes, and
// answers nobody without.
func TestRotateKeyTogether(t *testing.T) {
	w := newSharedWorld(t)
	brought, late := w.join(), w.join()
	text, _ := w.keyFile()
	if _, err := w.hq.RotateKey(t.Context(), overlap); err != nil {
		t.Fatal(err)
	}
	w.waitFor("both are told", func() bool { return w.told(event.KeyFile) >= 2 })
	grown, _ := w.keyFile()
	if string(grown) == string(text) {
		t.Fatal("the key file has not changed")
	}
	if err := os.WriteFile(filepath.Join(brought.dir, hq.KeyFile), grown, 0o600); err != nil {
		t.Fatal(err)
	}
	next := w.keyState().Next
	w.waitFor("the key file is read", func() bool {
		state, err := brought.KeyState(t.Context())
		return err == nil && state.Next == next
	})
	w.pass(overlap)
	select {
	case err := <-late.ended:
		if !isKeyFault(err) {
			t.Errorf("without the key file it ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("without the key file it goes on")
	}
	if state, err := brought.KeyState(t.Context()); err != nil || state.KeyID != next {
		t.Errorf("with it: %+v, %v", state, err)
	}
}

// waitFor waits for what another process is to see.
func (w *world) waitFor(what string, so func() bool) {
	w.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatal("within a minute not so: ", what)
		}
	}
}
