package keys

import (
	"crypto/ed25519"
	"encoding/base64"
)

// Signer holds an Ed25519 private key. What is signed with it, and how, is
// package ledger's.
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

// Private gives the key to what signs.
func (s Signer) Private() ed25519.PrivateKey { return *s.private }

// Public gives the public half.
func (s Signer) Public() ed25519.PublicKey { return s.private.Public().(ed25519.PublicKey) }
