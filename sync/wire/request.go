package wire

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A request carries a short EdDSA JWT of the terminal's key, so that TLS may
// end at a load balancer. It is bound to one method, path and body.

const (
	requestLife = time.Minute
	// clockLeeway is how far a terminal's clock may be off before it is told
	// headquarters' time.
	clockLeeway = 2 * time.Minute
)

// nonceLetters is how long a nonce is: a UUID as text.
const nonceLetters = 36

type claims struct {
	jwt.RegisteredClaims
	Method string `json:"htm"`
	Target string `json:"htu"` // path and query
	Body   string `json:"bsh"` // SHA-256 of the body as sent
}

// ErrClock says that a request was signed by a clock too far from ours.
var ErrClock = errors.New("request was signed at another time")

// ErrUnknown says that there is no such terminal.
var ErrUnknown = errors.New("request is of a terminal that is not known")

// Caller is who signed a request.
type Caller struct {
	Terminal ledger.TerminalID
	Nonce    string // to be countersigned with the answer
}

// scheme is that of a token in full, briefScheme of one that has only what the
// other side does not know from the request.
const (
	scheme      = "Bearer "
	briefScheme = "Loyaltyd "
)

// Authorize signs a request that carries body, and returns its nonce.
func Authorize(r *http.Request, body []byte, from ledger.TerminalID, to ledger.ChainID, key ed25519.PrivateKey, now time.Time) (string, error) {
	token := tokenOf(r, body, from, to, uuid.New(), now)
	signed, err := token.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign request: %w", err)
	}
	r.Header.Set("Authorization", scheme+signed)
	return token.Claims.(claims).ID, nil
}

// tokenOf is what a terminal signs.
func tokenOf(r *http.Request, body []byte, from ledger.TerminalID, to ledger.ChainID, nonce uuid.UUID, at time.Time) *jwt.Token {
	sum := sha256.Sum256(body)
	return jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: from.String(), Audience: jwt.ClaimStrings{to.String()}, ID: nonce.String(),
			IssuedAt: jwt.NewNumericDate(at), ExpiresAt: jwt.NewNumericDate(at.Add(requestLife)),
		},
		Method: r.Method, Target: r.URL.RequestURI(), Body: hex.EncodeToString(sum[:]),
	})
}

// Authenticate checks a request's signature and says who made it. keyOf finds
// a terminal's public key, or ErrUnknown, which comes back with what the caller
// says of itself: nothing of that is proved. A wrong time alone is ErrClock, with
// the caller known, so that it can be told the right one.
func Authenticate(r *http.Request, body []byte, to ledger.ChainID, now time.Time,
	keyOf func(ledger.TerminalID) (ed25519.PublicKey, error)) (Caller, error) {
	signed, err := signedToken(r, body, to)
	if err != nil {
		return Caller{}, fmt.Errorf("read request: %w", err)
	}
	var from ledger.TerminalID
	var c claims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithoutClaimsValidation())
	var unknown bool
	_, err = parser.ParseWithClaims(signed, &c, func(*jwt.Token) (any, error) {
		if err := from.UnmarshalText([]byte(c.Issuer)); err != nil {
			return nil, err
		}
		key, err := keyOf(from)
		unknown = errors.Is(err, ErrUnknown)
		return key, err
	})
	if err == nil || unknown {
		err = cmp.Or(c.bound(r, body, to), err)
	}
	if unknown && errors.Is(err, ErrUnknown) {
		return Caller{from, c.ID}, ErrUnknown
	}
	if err != nil {
		return Caller{}, fmt.Errorf("read request: %w", err)
	}
	return Caller{from, c.ID}, c.timely(now)
}

// bound says what is wrong with a token that is not for this request. Answers are signed
// over the nonce and, behind it, their status and message: were it any text, it could be
// another's nonce with an answer to that, signed for whoever asks.
func (c *claims) bound(r *http.Request, body []byte, to ledger.ChainID) error {
	sum := sha256.Sum256(body)
	switch {
	case len(c.Audience) != 1 || c.Audience[0] != to.String():
		return errors.New("addressed to another headquarters")
	case c.Method != r.Method || c.Target != r.URL.RequestURI():
		return errors.New("signed for another request")
	case c.Body != hex.EncodeToString(sum[:]):
		return errors.New("signed for another body")
	case c.IssuedAt == nil || c.ExpiresAt == nil:
		return errors.New("token without time")
	case len(c.ID) != nonceLetters || uuid.Validate(c.ID) != nil:
		return errors.New("token without a nonce as tills make them")
	case c.ExpiresAt.Sub(c.IssuedAt.Time) > requestLife:
		return errors.New("token lives too long")
	}
	return nil
}

func (c *claims) timely(now time.Time) error {
	if now.Before(c.IssuedAt.Add(-clockLeeway)) || now.After(c.ExpiresAt.Add(clockLeeway)) {
		return ErrClock
	}
	return nil
}
