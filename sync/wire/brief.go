package wire

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// brief is what of a token does not follow from the request that it came with, and
// from who reads it.
type brief struct {
	Terminal  ledger.TerminalID
	Nonce     uuid.UUID
	At        uint32 // Unix seconds
	Signature [ed25519.SignatureSize]byte
}

// AuthorizeBriefly is Authorize for who said to take that (SayTaken): the same token
// is signed, and the other side puts it together again.
func AuthorizeBriefly(r *http.Request, body []byte, from ledger.TerminalID, to ledger.ChainID, key ed25519.PrivateKey, now time.Time) (string, error) {
	b := brief{Terminal: from, Nonce: uuid.New(), At: uint32(now.Unix())}
	text, err := tokenOf(r, body, from, to, b.Nonce, now).SigningString()
	if err != nil {
		return "", fmt.Errorf("sign request: %w", err)
	}
	copy(b.Signature[:], ed25519.Sign(key, []byte(text)))
	said, err := binary.Append(nil, binary.BigEndian, b)
	if err != nil {
		return "", fmt.Errorf("sign request: %w", err)
	}
	r.Header.Set("Authorization", briefScheme+base64.RawURLEncoding.EncodeToString(said))
	return b.Nonce.String(), nil
}

// NonceOf is the nonce that a request says to have; empty where it says none. Nothing of it
// is checked: an answer that is signed over it was made to a request that was.
func NonceOf(r *http.Request, body []byte, to ledger.ChainID) string {
	signed, err := signedToken(r, body, to)
	if err != nil {
		return ""
	}
	var c claims
	if _, _, err := jwt.NewParser().ParseUnverified(signed, &c); err != nil {
		return ""
	}
	return c.ID
}

// signedToken returns the token that a request came with, in full.
func signedToken(r *http.Request, body []byte, to ledger.ChainID) (string, error) {
	said := r.Header.Get("Authorization")
	if signed, ok := strings.CutPrefix(said, scheme); ok {
		return signed, nil
	}
	text, ok := strings.CutPrefix(said, briefScheme)
	if !ok {
		return "", errors.New("no token")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	var b brief
	if err != nil || len(raw) != binary.Size(b) {
		return "", errors.New("no token of ours")
	}
	if _, err := binary.Decode(raw, binary.BigEndian, &b); err != nil {
		return "", err
	}
	signed, err := tokenOf(r, body, b.Terminal, to, b.Nonce, time.Unix(int64(b.At), 0)).SigningString()
	return signed + "." + base64.RawURLEncoding.EncodeToString(b.Signature[:]), err
}
