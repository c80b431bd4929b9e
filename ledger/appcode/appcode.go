// Package appcode knows the rotating code that a member's app shows: who she is,
// signed by headquarters once, and that her phone shows it now, signed by a key that
// never leaves it. Whoever has headquarters' public key checks both without a network.
// It is pure; whether a code was shown before, and who is found by it, is the till's.
//
// A code has 201 bytes: a certificate of 133 (version, account, member, her app's
// Ed25519 key, until when it holds in seconds, headquarters' signature), the step in
// which it is shown (4) and the app's signature over both (64). Written in the letters
// of a QR code's alphanumeric mode (RFC 9285, base45) between a prefix and an end mark it
// has 308 letters: one QR code of version 10, 57 modules wide, at error correction M.
package appcode

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// version of the certificate and the code.
const version = 1

// The places in a certificate, in bytes.
const (
	accountAt  = 1
	memberAt   = accountAt + 16
	keyAt      = memberAt + 16
	notAfterAt = keyAt + ed25519.PublicKeySize
	signedAt   = notAfterAt + 4 // up to here headquarters signs

	certificateBytes = signedAt + ed25519.SignatureSize
)

// Certificate says whose an app's key is.
type Certificate struct {
	Account ledger.AccountID
	Member  ledger.MemberID // who of the account
	Key     ed25519.PublicKey
	// NotAfter is the last instant at which a code under it is taken; it counts whole
	// seconds, up to the year 2106.
	NotAfter ledger.Millis
}

// Signed is a certificate as headquarters signed it: what an app keeps.
type Signed [certificateBytes]byte

// ErrCertificate says that a certificate cannot be written, or read.
var ErrCertificate = errors.New("not a certificate of an app")

// Sign makes the certificate headquarters'. One without a member or of a time that
// cannot be written is ErrCertificate.
func (c Certificate) Sign(headquarters ed25519.PrivateKey) (s Signed, err error) {
	seconds := int64(c.NotAfter) / 1000
	switch {
	case c.Account.IsZero() || c.Member.IsZero():
		return s, fmt.Errorf("%w: it names nobody", ErrCertificate)
	case len(c.Key) != ed25519.PublicKeySize:
		return s, fmt.Errorf("%w: the app's key has %d bytes, not %d", ErrCertificate, len(c.Key), ed25519.PublicKeySize)
	case seconds <= 0 || seconds > 1<<32-1:
		return s, fmt.Errorf("%w: it would hold until a time that cannot be written", ErrCertificate)
	}
	s[0] = version
	copy(s[accountAt:], c.Account[:])
	copy(s[memberAt:], c.Member[:])
	copy(s[keyAt:], c.Key)
	binary.BigEndian.PutUint32(s[notAfterAt:], uint32(seconds))
	copy(s[signedAt:], ledger.Sign(headquarters, ledger.AppDomain, s[:signedAt]))
	return s, nil
}

// Certificate reads what it says; only who has headquarters' key knows whether it is so.
func (s Signed) Certificate() (c Certificate) {
	copy(c.Account[:], s[accountAt:])
	copy(c.Member[:], s[memberAt:])
	c.Key = ed25519.PublicKey(s[keyAt:notAfterAt:notAfterAt])
	c.NotAfter = ledger.Millis(int64(binary.BigEndian.Uint32(s[notAfterAt:])) * 1000)
	return c
}

func (s Signed) by(headquarters ed25519.PublicKey) bool {
	return ledger.Verify(headquarters, ledger.AppDomain, s[:signedAt], s[signedAt:])
}

// MarshalText writes it in unpadded base64url, as it travels to an app.
func (s Signed) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, s[:]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (s *Signed) UnmarshalText(text []byte) error {
	data, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	// The decoder passes line breaks over.
	if err != nil || len(data) != certificateBytes || len(text) != base64.RawURLEncoding.EncodedLen(len(data)) || data[0] != version {
		return ErrCertificate
	}
	*s = Signed(data)
	return nil
}

// Step is for how long an app shows one code.
const Step = 30 * time.Second

// slack is by how many steps the phone's clock may differ from headquarters'.
const slack = 1

// Longest is for how long a code is taken, wherever it is: its own step, and by how
// much clocks may differ before and after it.
const Longest = (1 + 2*slack) * Step

// StepAt is the step of an instant, counted from 1970.
func StepAt(at ledger.Millis) uint32 { return uint32(int64(at) / Step.Milliseconds()) }
