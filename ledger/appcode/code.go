package appcode

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// What stands around a code's letters, in those of the alphanumeric mode too. The end
// mark keeps a blank in sight that may be the last letter, which scanners and forms
// cut off.
const (
	prefix = "LYA1:"
	end    = "."
)

const (
	stepAt    = certificateBytes
	shownAt   = stepAt + 4 // up to here the app signs
	codeBytes = shownAt + ed25519.SignatureSize

	// Letters is how many a code has.
	Letters = len(prefix) + codeBytes/2*3 + codeBytes%2*2 + len(end)
)

// Code is what an app showed at some moment.
type Code struct {
	Certificate
	Step uint32 // in which it was shown, see StepAt
	raw  [codeBytes]byte
}

// Show makes the code of an instant, by the app's own key.
func (s Signed) Show(app ed25519.PrivateKey, at ledger.Millis) string {
	raw := make([]byte, 0, codeBytes)
	raw = append(raw, s[:]...)
	raw = binary.BigEndian.AppendUint32(raw, StepAt(at))
	raw = append(raw, ledger.Sign(app, ledger.AppCodeDomain, raw)...)
	return prefix + encode45(raw) + end
}

// Why a code is not taken.
var (
	// ErrForm says that it is no whole code, or one of a later release.
	ErrForm = errors.New("not a whole code of an app")
	// ErrRetiredKey says that headquarters' key which signed the certificate was
	// followed by another: the app must fetch a new one.
	ErrRetiredKey = errors.New("the certificate is of a key that headquarters no longer has")
	// ErrUnknownKey says that no key of headquarters that is known here signed it.
	ErrUnknownKey = errors.New("the certificate is of no headquarters known here")
	// ErrExpired says that the certificate's time is over.
	ErrExpired = errors.New("the certificate's time is over")
	// ErrWrongKey says that the code was not signed by the app whose certificate it has.
	ErrWrongKey = errors.New("the code is not signed by the app it names")
	// ErrNotNow says that it was shown at another time: a picture of it, or a phone's
	// clock that is off.
	ErrNotNow = errors.New("the code is not of this moment")
)

// Is reports whether a scan says of itself that it is an app's code.
func Is(text string) bool { return strings.HasPrefix(text, prefix) }

// Read reads the form of a code; all that it says is to be verified.
func Read(text string) (c Code, err error) {
	letters, ends := strings.CutSuffix(strings.TrimPrefix(text, prefix), end)
	if len(text) != Letters || !Is(text) || !ends {
		return c, ErrForm
	}
	raw, ok := decode45(letters)
	if !ok || len(raw) != codeBytes || raw[0] != version {
		return c, ErrForm
	}
	c.raw = [codeBytes]byte(raw)
	c.Certificate = c.signed().Certificate()
	c.Step = binary.BigEndian.Uint32(raw[stepAt:])
	return c, nil
}

func (c *Code) signed() Signed { return Signed(c.raw[:certificateBytes]) }

// Verify says why the code is not taken at an instant by who knows headquarters by
// these keys; nil where it proves that her phone is here.
func (c *Code) Verify(headquarters ledger.KeyChain, now ledger.Millis) error {
	by := c.signed().by
	switch step := int64(StepAt(now)); {
	case slices.ContainsFunc(headquarters.Retired(), by):
		return ErrRetiredKey
	case !slices.ContainsFunc(headquarters.Speaking(), by):
		return ErrUnknownKey
	case !ledger.Verify(c.Key, ledger.AppCodeDomain, c.raw[:shownAt], c.raw[shownAt:]):
		return ErrWrongKey
	case now > c.NotAfter:
		return ErrExpired
	case int64(c.Step) < step-slack || int64(c.Step) > step+slack:
		return ErrNotNow
	}
	return nil
}
