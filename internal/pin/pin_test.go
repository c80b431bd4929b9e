package pin_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
)

// What can be a PIN, and which of them are tried first.
func TestParse(t *testing.T) {
	for text, weak := range map[string]bool{
		"0000": true, "1234": true, "9876": true, "77777777": true, "0123456789": true, "2580": false, "1235": false, "1212": false,
	} {
		p, err := pin.Parse(text)
		if err != nil || p.Weak() != weak || p.Reveal() != text || p.IsZero() {
			t.Errorf("%s: weak %v, %v", text, p.Weak(), err)
		}
	}
	for _, text := range []string{"", "123", "1234567890123", "12a4", "12 4", "١٢٣٤", "-123"} {
		if _, err := pin.Parse(text); !errors.Is(err, pin.ErrForm) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// However it is printed nobody reads it.
func TestMasked(t *testing.T) {
	p, err := pin.Parse("2580")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(struct{ PIN pin.PIN }{p})
	for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		text = fmt.Appendf(text, form, p)
	}
	if err != nil || strings.Contains(string(text), "2580") {
		t.Errorf("%s, %v", text, err)
	}
}

// A hash is of one secret, under one salt and one key, and survives being written.
func TestHash(t *testing.T) {
	key := func(name string) func([]byte) [32]byte {
		return func(sum []byte) [32]byte { return sha256.Sum256(append([]byte(name), sum...)) }
	}
	h := pin.Make([]byte("2580"))
	again, err := pin.Read(h.Text())
	if err != nil || !again.Is([]byte("2580")) || again.Is([]byte("2581")) {
		t.Errorf("read again: %v", err)
	}
	if h.Text() == pin.Make([]byte("2580")).Text() {
		t.Error("two hashes of one PIN are alike")
	}
	under, err := pin.Read(h.Under(key("a")).Text())
	if err != nil || !under.IsUnder(key("a"), []byte("2580")) {
		t.Errorf("under its key: %v", err)
	}
	for what, is := range map[string]bool{
		"without the key": under.Is([]byte("2580")), "under another": under.IsUnder(key("b"), []byte("2580")), "another PIN": under.IsUnder(key("a"), []byte("2581")),
	} {
		if is {
			t.Errorf("%s it is the same", what)
		}
	}
}

// What costs the machine more than this release asks, or is no hash, is refused.
func TestBadHash(t *testing.T) {
	good := pin.Make([]byte("2580")).Text()
	for _, bad := range []string{
		"", "$", good[1:], strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "m=19456", "m=19456000", 1),
		strings.Replace(good, "t=2", "t=200", 1), strings.Replace(good, "p=1", "p=0", 1), good + "$", good[:len(good)-30],
	} {
		if _, err := pin.Read(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// Waits double up to an hour, and a clock set back makes none longer.
func TestWait(t *testing.T) {
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for failed, want := range map[int]time.Duration{0: 0, 4: 0, 5: 30 * time.Second, 6: time.Minute, 7: 2 * time.Minute, 30: time.Hour, 1 << 40: time.Hour} {
		tries := pin.Tries{Failed: failed, Last: noon, Free: 5}
		if got := max(0, tries.Wait(noon)); got != want {
			t.Errorf("after %d: %v, want %v", failed, got, want)
		}
		if got := tries.Wait(noon.Add(-24 * time.Hour)); got > want {
			t.Errorf("after %d, the clock set back: %v", failed, got)
		}
		if got := tries.Wait(noon.Add(want)); got > 0 {
			t.Errorf("after %d, waited for: %v", failed, got)
		}
	}
}

// Whatever stands in the place of a hash is refused, or can be checked at a bounded
// cost and is written and read as the same again.
func FuzzRead(f *testing.F) {
	whole := pin.Make([]byte("2580")).Text()
	for _, seed := range []string{whole, whole + "$", whole[:40], "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", strings.Replace(whole, "m=", "m=9", 1), strings.Replace(whole, "p=1", "p=0", 1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := pin.Read(text)
		if err != nil {
			return
		}
		if again, err := pin.Read(h.Text()); err != nil || again.Text() != h.Text() {
			t.Errorf("%q is written %q, then %v", text, h.Text(), err)
		}
	})
}
