package wire_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

var (
	till  = ledger.TerminalID{1}
	chain = ledger.ChainID{2}
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	body  = []byte("packed")
)

func request(t *testing.T, method, target string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// keys knows one terminal.
func keys(id ledger.TerminalID) (ed25519.PublicKey, error) {
	if id != till {
		return nil, errors.New("no such terminal")
	}
	return public(keyOf(1)), nil
}

// A signed request is taken from its terminal, and its nonce with it.
func TestAuthenticate(t *testing.T) {
	r := request(t, http.MethodPost, "https://hq.example/v1/sync/batches")
	nonce, err := wire.Authorize(r, body, till, chain, keyOf(1), noon)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := wire.Authenticate(r, body, chain, noon.Add(time.Second), keys)
	if err != nil || caller.Terminal != till || caller.Nonce != nonce || nonce == "" {
		t.Fatalf("%+v, %v; want terminal %s and nonce %q", caller, err, till, nonce)
	}
	briefly := request(t, http.MethodPost, "https://hq.example/v1/sync/batches")
	short, err := wire.AuthorizeBriefly(briefly, body, till, chain, keyOf(1), noon)
	if err != nil {
		t.Fatal(err)
	}
	if said := []string{wire.NonceOf(r, body, chain), wire.NonceOf(briefly, body, chain), wire.NonceOf(request(t, http.MethodGet, "/"), nil, chain)}; !slices.Equal(said, []string{nonce, short, ""}) {
		t.Errorf("the requests say %q", said)
	}
	again, err := wire.Authorize(r, body, till, chain, keyOf(1), noon)
	if err != nil || again == nonce {
		t.Errorf("the second request has nonce %q too (%v)", again, err)
	}
}

// A request serves for what it was signed for, by whom and when, alone.
func TestAuthenticateRefuses(t *testing.T) {
	const target = "/v1/sync/feed?cursor=1.2&wait=25s"
	type asked struct {
		r    *http.Request
		body []byte
		to   ledger.ChainID
		at   time.Time
	}
	for _, c := range []struct {
		name   string
		change func(*asked)
		clock  bool // it is the time alone
	}{
		{"another headquarters", func(a *asked) { a.to = ledger.ChainID{9} }, false},
		{"another method", func(a *asked) { a.r.Method = http.MethodPost }, false},
		{"another path", func(a *asked) { a.r.URL.Path = "/v1/sync/hello" }, false},
		{"another query", func(a *asked) { a.r.URL.RawQuery = "cursor=1.0&wait=25s" }, false},
		{"another body", func(a *asked) { a.body = []byte("other") }, false},
		{"no token", func(a *asked) { a.r.Header.Del("Authorization") }, false},
		{"not a bearer", func(a *asked) { a.r.Header.Set("Authorization", "Basic eA==") }, false},
		{"not a token", func(a *asked) { a.r.Header.Set("Authorization", "Bearer a.b.c") }, false},
		{"signature cut off", func(a *asked) {
			a.r.Header.Set("Authorization", a.r.Header.Get("Authorization")[:len("Bearer ")+40]+"..")
		}, false},
		{"long after", func(a *asked) { a.at = noon.Add(3*time.Minute + 2*time.Second) }, true},
		{"long before", func(a *asked) { a.at = noon.Add(-2*time.Minute - 2*time.Second) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := asked{request(t, http.MethodGet, target), body, chain, noon}
			nonce, err := wire.Authorize(a.r, a.body, till, chain, keyOf(1), noon)
			if err != nil {
				t.Fatal(err)
			}
			c.change(&a)
			caller, err := wire.Authenticate(a.r, a.body, a.to, a.at, keys)
			if err == nil || errors.Is(err, wire.ErrClock) != c.clock {
				t.Fatalf("got %v", err)
			}
			if known := caller.Terminal == till && caller.Nonce == nonce; known != c.clock {
				t.Errorf("caller is %+v", caller)
			}
		})
	}
}

// Somebody else's signature, or none, makes nobody a terminal.
func TestForgedToken(t *testing.T) {
	const nonce = "0193b3e0-9c4a-4b7e-8d11-2f6a53c0e77d"
	sum := sha256.Sum256(body)
	claims := func() jwt.MapClaims {
		return jwt.MapClaims{
			"iss": till.String(), "aud": chain.String(), "jti": nonce, "iat": noon.Unix(), "exp": noon.Unix() + 60,
			"htm": http.MethodPost, "htu": wire.BatchPath, "bsh": hex.EncodeToString(sum[:]),
		}
	}
	with := func(name string, value any) jwt.MapClaims {
		c := claims()
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return c
	}
	for _, c := range []struct {
		name   string
		method jwt.SigningMethod
		key    any
		claims jwt.MapClaims
		ok     bool
	}{
		{"as it should be", jwt.SigningMethodEdDSA, keyOf(1), claims(), true},
		{"alg none", jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(), false},
		{"HS256 with the public key", jwt.SigningMethodHS256, []byte(public(keyOf(1))), claims(), false},
		{"another terminal's key", jwt.SigningMethodEdDSA, keyOf(2), claims(), false},
		{"unknown terminal", jwt.SigningMethodEdDSA, keyOf(1), with("iss", ledger.TerminalID{7}.String()), false},
		{"no terminal", jwt.SigningMethodEdDSA, keyOf(1), with("iss", "till"), false},
		{"two audiences", jwt.SigningMethodEdDSA, keyOf(1), with("aud", []string{chain.String(), "other"}), false},
		{"no audience", jwt.SigningMethodEdDSA, keyOf(1), with("aud", nil), false},
		{"no nonce", jwt.SigningMethodEdDSA, keyOf(1), with("jti", nil), false},
		{"a nonce that goes on", jwt.SigningMethodEdDSA, keyOf(1), with("jti", nonce+"\x00403\x00{}"), false},
		{"a nonce of another text", jwt.SigningMethodEdDSA, keyOf(1), with("jti", strings.Repeat("\x00", len(nonce))), false},
		{"no issue time", jwt.SigningMethodEdDSA, keyOf(1), with("iat", nil), false},
		{"no end", jwt.SigningMethodEdDSA, keyOf(1), with("exp", nil), false},
		{"lives long", jwt.SigningMethodEdDSA, keyOf(1), with("exp", noon.Unix()+61), false},
		{"no body", jwt.SigningMethodEdDSA, keyOf(1), with("bsh", nil), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			signed, err := jwt.NewWithClaims(c.method, c.claims).SignedString(c.key)
			if err != nil {
				t.Fatal(err)
			}
			r := request(t, http.MethodPost, wire.BatchPath)
			r.Header.Set("Authorization", "Bearer "+signed)
			if _, err := wire.Authenticate(r, body, chain, noon, keys); (err == nil) != c.ok || errors.Is(err, wire.ErrClock) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// An answer is believed for its own request, status and words alone.
func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		name           string
		key            byte
		nonce, message string
		status         int
		ok             bool
	}{
		{"as it should be", 3, "n", "ack", 200, true},
		{"played again to another request", 3, "m", "ack", 200, false},
		{"another status", 3, "n", "ack", 409, false},
		{"another message", 3, "n", "nack", 200, false},
		{"words moved between the parts", 3, "n\x00200", "ack", 200, false},
		{"another key", 4, "n", "ack", 200, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole, hashed := http.Header{}, http.Header{}
			wire.Countersign(whole, keyOf(3), "k1", "n", 200, []byte("ack"))
			wire.CountersignSum(hashed, keyOf(3), "k1", "n", 200, ledger.HashOf([]byte("ack")))
			for _, h := range []http.Header{whole, hashed} {
				err := wire.CheckAnswer(h, public(keyOf(c.key)), c.nonce, c.status, []byte(c.message))
				if c.ok != (err == nil) || err != nil && !errors.Is(err, wire.ErrSignature) {
					t.Errorf("%v: got %v", h, err)
				}
			}
		})
	}
	if err := wire.CheckAnswer(http.Header{}, public(keyOf(3)), "n", 200, []byte("ack")); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("unsigned: %v", err)
	}
}
