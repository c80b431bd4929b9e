package wire_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

func briefly(t *testing.T) (*http.Request, string) {
	t.Helper()
	r := request(t, http.MethodPost, "https://hq.example"+wire.BatchPath)
	nonce, err := wire.AuthorizeBriefly(r, body, till, chain, keyOf(1), noon)
	if err != nil {
		t.Fatal(err)
	}
	return r, nonce
}

// A brief signature says who asks as one in full does, in a fourth of its room.
func TestAuthenticateBrief(t *testing.T) {
	r, nonce := briefly(t)
	caller, err := wire.Authenticate(r, body, chain, noon.Add(time.Second), keys)
	if err != nil || caller.Terminal != till || caller.Nonce != nonce || nonce == "" {
		t.Errorf("%+v, %v; want terminal %s and nonce %q", caller, err, till, nonce)
	}
	if size := len(r.Header.Get("Authorization")); size > 150 {
		t.Errorf("it has %d characters", size)
	}
}

// It serves for what it was signed for, by whom and when, alone.
func TestAuthenticateRefusesBrief(t *testing.T) {
	change := func(at int) func(*http.Request) {
		return func(r *http.Request) {
			text := strings.TrimPrefix(r.Header.Get("Authorization"), "Loyaltyd ")
			raw, err := base64.RawURLEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			raw[at] ^= 1
			r.Header.Set("Authorization", "Loyaltyd "+base64.RawURLEncoding.EncodeToString(raw))
		}
	}
	for name, spoil := range map[string]func(*http.Request){
		"another terminal":   change(0),
		"another nonce":      change(16),
		"another time":       change(35),
		"another signature":  change(36),
		"another path":       func(r *http.Request) { r.URL.Path = wire.HelloPath },
		"another query":      func(r *http.Request) { r.URL.RawQuery = "a=b" },
		"another method":     func(r *http.Request) { r.Method = http.MethodGet },
		"cut off":            func(r *http.Request) { r.Header.Set("Authorization", r.Header.Get("Authorization")[:60]) },
		"more than it is":    func(r *http.Request) { r.Header.Set("Authorization", r.Header.Get("Authorization")+"AAAA") },
		"nothing":            func(r *http.Request) { r.Header.Set("Authorization", "Loyaltyd ") },
		"not in our letters": func(r *http.Request) { r.Header.Set("Authorization", "Loyaltyd ****") },
	} {
		r, _ := briefly(t)
		spoil(r)
		if caller, err := wire.Authenticate(r, body, chain, noon, keys); err == nil || errors.Is(err, wire.ErrClock) {
			t.Errorf("%s: %+v, %v", name, caller, err)
		}
	}
	r, _ := briefly(t)
	if _, err := wire.Authenticate(r, []byte("other"), chain, noon, keys); err == nil {
		t.Error("another body is taken")
	}
	if _, err := wire.Authenticate(r, body, chain, noon.Add(time.Hour), keys); !errors.Is(err, wire.ErrClock) {
		t.Errorf("long after: %v", err)
	}
}

// What is signed is these words for ever: a release that wrote others would know no
// till of another release.
func TestBriefIsSignedOver(t *testing.T) {
	const nonce = "6f1c1f5e-95a3-4a3f-8f5c-0a4e7a1b2c3d"
	const words = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9"
	r := request(t, http.MethodPost, "https://hq.example"+wire.BatchPath)
	got, err := wire.Words(r, body, till, chain, nonce, noon)
	if err != nil || !strings.HasPrefix(got, words+".") {
		t.Fatalf("%q, %v", got, err)
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(got, words+"."))
	want := `{"iss":"01000000-0000-0000-0000-000000000000","aud":["02000000-0000-0000-0000-000000000000"],"exp":1795348860,"iat":1795348800,` +
		`"jti":"` + nonce + `","htm":"POST","htu":"/v1/sync/batches","bsh":"88cb8a087b6e8cebfc9ae5602f5a2159a6bcf923e7f2c56809bcda6cad1727a7"}`
	if err != nil || string(claims) != want {
		t.Errorf("got %s\nwant %s (%v)", claims, want, err)
	}
}
