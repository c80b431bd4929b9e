package staff_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/staff"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func keyed(what string, data []byte) [32]byte {
	return sha256.Sum256(append([]byte("secret "+what+"\x00"), data...))
}

func open(t testing.TB, dir string) *staff.Book {
	t.Helper()
	b, err := staff.Open(dir, keyed)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func keyedPIN(t testing.TB, text string) pin.PIN {
	t.Helper()
	p, err := pin.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func withTwo(t testing.TB) (*staff.Book, string) {
	t.Helper()
	dir := t.TempDir()
	b := open(t, dir)
	for _, o := range []staff.Operator{{ID: "7", Name: "Ali", Role: staff.Cashier}, {ID: "9", Name: "Zeynep", Role: staff.Manager}} {
		if err := b.Add(o, keyedPIN(t, "48"+o.ID+"5")); err != nil {
			t.Fatal(err)
		}
	}
	return b, dir
}

// Who signs on is on duty, through a restart too, until she signs off or is let
// go.
func TestSignOn(t *testing.T) {
	b, dir := withTwo(t)
	if _, err := b.SignOn(noon, "7", keyedPIN(t, "4895")); !errors.Is(err, staff.ErrWrongPIN) {
		t.Errorf("another's PIN: %v", err)
	}
	if _, err := b.SignOn(noon, "8", keyedPIN(t, "4885")); !errors.Is(err, staff.ErrWrongPIN) {
		t.Errorf("nobody's: %v", err)
	}
	if who, err := b.SignOn(noon, "7", keyedPIN(t, "4875")); err != nil || who.Name != "Ali" || b.OnDuty() != "7" {
		t.Fatalf("%+v, %v, %q", who, err, b.OnDuty())
	}
	b = open(t, dir)
	if b.OnDuty() != "7" || b.Empty() {
		t.Errorf("after a restart %q is on duty", b.OnDuty())
	}
	if who, err := b.Check(noon, "9", keyedPIN(t, "4895")); err != nil || who.Role != staff.Manager || b.OnDuty() != "7" {
		t.Errorf("a manager's PIN: %+v, %v, on duty %q", who, err, b.OnDuty())
	}
	if err := errors.Join(b.Remove("7"), b.SignOff()); err != nil || b.OnDuty() != "" {
		t.Errorf("%v, %q", err, b.OnDuty())
	}
	if _, err := b.Check(noon, "7", keyedPIN(t, "4875")); !errors.Is(err, staff.ErrWrongPIN) {
		t.Errorf("who was let go: %v", err)
	}
}

// Wrong PINs are waited for, longer each time, also after a restart and whatever
// the clock does; the right one ends that. They are one operator's own.
func TestTries(t *testing.T) {
	b, dir := withTwo(t)
	now, wrong := noon, keyedPIN(t, "1928")
	told := 0
	for i, want := range []time.Duration{0, 0, 30 * time.Second, time.Minute, 2 * time.Minute} {
		b.WrongPIN = func(operator string, inARow int) {
			if told++; operator != "7" || inARow != i+1 {
				t.Errorf("told of %d wrong ones of %q", inARow, operator)
			}
		}
		if _, err := b.Check(now, "7", wrong); !errors.Is(err, staff.ErrWrongPIN) || told != i+1 {
			t.Fatalf("try %d: %v, told of %d", i, err, told)
		}
		b = open(t, dir)
		if got := b.Wait(now, "7"); got != want {
			t.Fatalf("after try %d a wait of %v, want %v", i, got, want)
		}
		if want == 0 {
			continue
		}
		var many *pin.TooManyTries
		if _, err := b.Check(now.Add(want-time.Second), "7", keyedPIN(t, "4875")); !errors.As(err, &many) || many.Wait != time.Second {
			t.Fatalf("the right one too early: %v", err)
		}
		if got := b.Wait(now.Add(-24*time.Hour), "7"); got > want {
			t.Errorf("a clock set back makes it %v", got)
		}
		now = now.Add(want)
	}
	if _, err := b.Check(now, "9", keyedPIN(t, "4895")); err != nil {
		t.Errorf("the other waits too: %v", err)
	}
	if _, err := b.Check(now, "7", keyedPIN(t, "4875")); err != nil || b.Wait(now, "7") != 0 {
		t.Errorf("the right one: %v", err)
	}
}

// No answer to wrong PINs, however many, tells an id that is somebody's from one that
// is nobody's; who is taken in under such an id waits for nothing.
func TestStrangers(t *testing.T) {
	b, _ := withTwo(t)
	now, wrong := noon, keyedPIN(t, "1928")
	for i := range 40 {
		_, known := b.Check(now, "7", wrong)
		_, stranger := b.SignOn(now, "8", wrong)
		if known.Error() != stranger.Error() {
			t.Fatalf("try %d: %v and %v", i, known, stranger)
		}
		now = now.Add(17 * time.Second)
	}
	if err := b.Add(staff.Operator{ID: "8", Name: "Can", Role: staff.Cashier}, keyedPIN(t, "4885")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Check(now, "8", keyedPIN(t, "4885")); err != nil {
		t.Errorf("newly taken in: %v", err)
	}
}

// No wait is for ever.
func TestLongestWait(t *testing.T) {
	b, _ := withTwo(t)
	now := noon
	for range 14 {
		_, _ = b.Check(now, "7", keyedPIN(t, "1928"))
		now = now.Add(b.Wait(now, "7"))
	}
	if _, err := b.Check(now, "7", keyedPIN(t, "1928")); !errors.Is(err, staff.ErrWrongPIN) || b.Wait(now, "7") != time.Hour {
		t.Errorf("%v, wait %v", err, b.Wait(now, "7"))
	}
}

// Nothing that is kept or printed has a PIN in it, and the file without the key
// opens nothing.
func TestPINsAreNotTold(t *testing.T) {
	b, dir := withTwo(t)
	text, err := os.ReadFile(filepath.Join(dir, staff.FileName))
	if err != nil || !bytes.Contains(text, []byte("$argon2id$v=19$m=19456,t=2,p=1$")) {
		t.Fatalf("%v: %s", err, text)
	}
	info, _ := os.Stat(filepath.Join(dir, staff.FileName))
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	p := keyedPIN(t, "90817263")
	wrapped, _ := json.Marshal(struct{ P pin.PIN }{p})
	said := fmt.Sprintf("%v %s %+v %#v %d %x %s", p, p, staff.Approval{PIN: p}, &p, p, p, wrapped)
	_, tried := b.Check(noon, "7", p)
	for _, err := range []error{tried, b.SetPIN("nobody", p), b.Add(staff.Operator{ID: "90 81", Name: "x", Role: staff.Cashier}, p)} {
		said += " " + err.Error()
	}
	_, err = pin.Parse("908172x3")
	if said += " " + err.Error(); strings.Contains(said, "9081") || strings.Contains(said, "39303831") || bytes.Contains(text, []byte("4875")) {
		t.Errorf("a PIN is told: %s", said)
	}
	other, err := staff.Open(dir, func(what string, data []byte) [32]byte { return sha256.Sum256(data) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Check(noon, "9", keyedPIN(t, "4895")); !errors.Is(err, staff.ErrWrongPIN) {
		t.Errorf("under another key: %v", err)
	}
}

func TestRefused(t *testing.T) {
	b, dir := withTwo(t)
	for _, o := range []staff.Operator{
		{ID: "-", Name: "x", Role: staff.Cashier}, {ID: "", Name: "x", Role: staff.Cashier}, {ID: "a b", Name: "x", Role: staff.Cashier},
		{ID: "1", Name: "", Role: staff.Cashier}, {ID: "1", Name: "x\x1b", Role: staff.Cashier}, {ID: "1", Name: "x", Role: "owner"},
		{ID: "7", Name: "x", Role: staff.Cashier},
	} {
		if err := b.Add(o, keyedPIN(t, "5820")); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	for _, text := range []string{"", "123", "1234567890123", "12a4", "١٢٣٤"} {
		if _, err := pin.Parse(text); err == nil {
			t.Errorf("PIN %q was taken", text)
		}
	}
	for _, text := range []string{"0000", "1234", "987654"} {
		if err := b.SetPIN("7", keyedPIN(t, text)); !errors.Is(err, pin.ErrWeak) {
			t.Errorf("PIN %s: %v", text, err)
		}
	}
	path := filepath.Join(dir, staff.FileName)
	for _, text := range []string{`{"v":2,"operators":[]}`, `{"v":1,"operators":[],"x":1}`, `{`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := staff.Open(dir, keyed); err == nil {
			t.Errorf("%s was read", text)
		}
	}
	if err := os.WriteFile(path, []byte(`{"v":1,"operators":[{"id":"7","name":"x","role":"cashier","pin":"$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, dir).Check(noon, "7", keyedPIN(t, "4875")); err == nil || errors.Is(err, staff.ErrWrongPIN) {
		t.Errorf("a hash that would take all memory: %v", err)
	}
}

// Those who key PINs at the same time cannot have more tries between them.
func TestTriesAtOnce(t *testing.T) {
	b, _ := withTwo(t)
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for range cap(errs) {
		wg.Go(func() {
			_, err := b.Check(noon, "7", keyedPIN(t, "1928"))
			errs <- err
			b.OnDuty()
		})
	}
	wg.Wait()
	close(errs)
	judged := 0
	for err := range errs {
		if errors.Is(err, staff.ErrWrongPIN) {
			judged++
		}
	}
	if judged != 3 {
		t.Errorf("%d were judged, want 3", judged)
	}
}
