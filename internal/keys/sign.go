package keys

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Signer holds an Ed25519 private key.
type Signer struct {
	masked
	private *ed25519.PrivateKey
}

// NewSigner makes a random key.
func NewSigner() Signer { return signer(newKey()) }

// ParseSigner reads what Reveal gave.
func ParseSigner(text string) (Signer, error) {
	seed, err := parseKey(text)
	if err != nil {
		return Signer{}, err
	}
	return signer(seed), nil
}

func signer(seed key) Signer {
	private := ed25519.NewKeyFromSeed(seed.bytes[:])
	return Signer{private: &private}
}

// Reveal gives the seed as unpadded base64url, for the key file.
func (s Signer) Reveal() string { return base64.RawURLEncoding.EncodeToString(s.private.Seed()) }

// Sign signs domain ‖ 0x00 ‖ msg. The domain says what is signed and in which
// version ("loyaltyd/seal/1"), so that no signature serves for anything else;
// it has no 0x00 in it.
func (s Signer) Sign(domain string, msg []byte) []byte {
	return ed25519.Sign(*s.private, inDomain(domain, msg))
}

// Verifier gives the public half.
func (s Signer) Verifier() Verifier {
	return Verifier{[32]byte(s.private.Public().(ed25519.PublicKey))}
}

// Crypto gives the key to what signs by itself: request tokens and
// certificates. What those sign holds no domain and can be taken for none.
func (s Signer) Crypto() crypto.Signer { return *s.private }

// Verifier holds an Ed25519 public key. It is comparable, reads and writes
// itself as unpadded base64url, and its zero value verifies nothing.
type Verifier struct{ public [32]byte }

// ParseVerifier reads what String gave.
func ParseVerifier(text string) (Verifier, error) {
	k, err := parseKey(text)
	if err != nil {
		return Verifier{}, errors.New("parse public key: want 32 bytes in unpadded base64url")
	}
	return Verifier{*k.bytes}, nil
}

// VerifierOf takes a public key that came another way, such as a certificate.
func VerifierOf(public ed25519.PublicKey) (Verifier, error) {
	if len(public) != ed25519.PublicKeySize {
		return Verifier{}, fmt.Errorf("public key has %d bytes, want %d", len(public), ed25519.PublicKeySize)
	}
	return Verifier{[32]byte(public)}, nil
}

// String gives the key as unpadded base64url.
func (v Verifier) String() string { return base64.RawURLEncoding.EncodeToString(v.public[:]) }

// MarshalText is part of encoding.TextMarshaler.
func (v Verifier) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText is part of encoding.TextUnmarshaler.
func (v *Verifier) UnmarshalText(text []byte) (err error) {
	*v, err = ParseVerifier(string(text))
	return err
}

// PublicKey gives the key to what verifies by itself, such as request tokens.
func (v Verifier) PublicKey() ed25519.PublicKey { return v.public[:] }

// Verify tells whether Sign with the private half made sig.
func (v Verifier) Verify(domain string, msg, sig []byte) bool {
	return v != Verifier{} && ed25519.Verify(v.public[:], inDomain(domain, msg), sig)
}

// Fingerprint is what people compare: the first 15 bytes of the key's SHA-256
// in base32, six groups of four.
func (v Verifier) Fingerprint() string {
	sum := sha256.Sum256(v.public[:])
	text := base32.StdEncoding.EncodeToString(sum[:15])
	groups := make([]string, 0, 6)
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, text[i:i+4])
	}
	return strings.Join(groups, "-")
}

// HasFingerprint compares with a fingerprint as a person typed it: case,
// spaces and hyphens do not matter.
func (v Verifier) HasFingerprint(typed string) bool {
	plain := strings.NewReplacer("-", "", " ", "")
	return plain.Replace(strings.ToUpper(typed)) == plain.Replace(v.Fingerprint())
}

func inDomain(domain string, msg []byte) []byte {
	buf := make([]byte, 0, len(domain)+1+len(msg))
	buf = append(buf, domain...)
	buf = append(buf, 0)
	return append(buf, msg...)
}
