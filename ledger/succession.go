package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Succession says that one signing key of headquarters follows another.
type Succession struct {
	V     int     `json:"v"`
	Chain ChainID `json:"chain"`
	Old   []byte  `json:"old"` // Ed25519, public
	New   []byte  `json:"new"`
	At    Millis  `json:"at_ms"`    // when it was announced
	Until Millis  `json:"until_ms"` // the old key signs before it, the new one from then on
}

// SignedSuccession is a Succession as JSON with the signatures of both keys: the
// old one's leads whoever trusts it to the new one, the new one's lets whoever
// was enrolled with that believe what the old one signed in its time.
type SignedSuccession struct {
	Body  []byte `json:"body"`
	ByOld []byte `json:"by_old"`
	ByNew []byte `json:"by_new"`
}

// Successions are what a terminal learned of its headquarters' keys, in order of
// time, and the public key that headquarters was last heard with; none where
// that is still the one from enrollment.
type Successions struct {
	All   []SignedSuccession
	Heard ed25519.PublicKey
}

// successionVersion is the only one there is.
const successionVersion = 1

// SignSuccession writes a succession and signs it with both keys.
func SignSuccession(chain ChainID, older, newer ed25519.PrivateKey, at, until Millis) (SignedSuccession, error) {
	body, err := json.Marshal(Succession{
		V: successionVersion, Chain: chain, At: at, Until: until,
		Old: older.Public().(ed25519.PublicKey), New: newer.Public().(ed25519.PublicKey),
	})
	if err != nil {
		return SignedSuccession{}, fmt.Errorf("encode succession of keys: %w", err)
	}
	return SignedSuccession{body, Sign(older, SuccessionDomain, body), Sign(newer, SuccessionDomain, body)}, nil
}

// Read returns the succession, if both keys signed it.
func (s SignedSuccession) Read() (said Succession, err error) {
	if err = DecodeJSON(s.Body, &said); err != nil {
		return said, fmt.Errorf("read succession of keys: %w", err)
	}
	if said.V != successionVersion {
		return said, fmt.Errorf("read succession of keys: version %d is not known", said.V)
	}
	if bytes.Equal(said.Old, said.New) ||
		!Verify(said.Old, SuccessionDomain, s.Body, s.ByOld) || !Verify(said.New, SuccessionDomain, s.Body, s.ByNew) {
		return said, errors.New("read succession of keys: it is not signed by both keys")
	}
	return said, nil
}

// KeyID names a signing key in answers and requests: the first four bytes of its
// SHA-256, in hexadecimal.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:4])
}
