// Package keys knows our keys and what is done with them: keyed hashes of
// identifiers, signatures, the encryption of personal fields and of
// attachments, and the file that keys lie in.
//
// Every type that holds something private prints as *** through fmt, JSON and
// logs, also from inside another value; its text is had only by Reveal. Where
// keys are kept, and which database is meant, is the caller's business.
package keys

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
)

const mask = "***"

// masked gives the types that embed it a harmless print.
type masked struct{}

// String is part of fmt.Stringer.
func (masked) String() string { return mask }

// Format is part of fmt.Formatter: no verb reveals anything.
func (masked) Format(s fmt.State, _ rune) { io.WriteString(s, mask) }

// MarshalText is part of encoding.TextMarshaler.
func (masked) MarshalText() ([]byte, error) { return []byte(mask), nil }

// MarshalJSON is part of json.Marshaler.
func (masked) MarshalJSON() ([]byte, error) { return []byte(`"` + mask + `"`), nil }

// Secret is a text that must not be shown, such as a token or a PIN. It reads
// itself from text and JSON; its zero value is the empty text.
type Secret struct {
	masked
	text *string // behind a pointer: fmt follows none inside a value, and calls no methods there
}

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal gives the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// UnmarshalText is part of encoding.TextUnmarshaler.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// key is 32 private bytes.
type key struct {
	masked
	bytes *[32]byte
}

func newKey() key {
	var b [32]byte
	rand.Read(b[:]) // never fails: the runtime ends the process first
	return key{bytes: &b}
}

func parseKey(text string) (key, error) {
	want := base64.RawURLEncoding.EncodedLen(32)
	// The length first: Decode skips line breaks and panics past its buffer.
	if len(text) == want {
		b, err := base64.RawURLEncoding.Strict().DecodeString(text)
		if err == nil && len(b) == 32 {
			return key{bytes: (*[32]byte)(b)}, nil
		}
	}
	return key{}, fmt.Errorf("parse key: want 32 bytes in unpadded base64url (%d characters)", want)
}

// Reveal gives the key as unpadded base64url, for the key file.
func (k key) Reveal() string { return base64.RawURLEncoding.EncodeToString(k.bytes[:]) }
