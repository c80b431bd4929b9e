// Package pin knows PINs: what one is, which are tried first, what is kept of one,
// and how long to wait after wrong ones. Whose they are, and where what is kept
// stands, is its users' business.
package pin

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// PIN is 4 to 12 digits that somebody keys. However it is printed it masks itself.
type PIN struct{ digits string }

const (
	least = 4
	most  = 12
)

var (
	// ErrForm says that what was keyed can be nobody's PIN.
	ErrForm = errors.New("a PIN has 4 to 12 digits")
	// ErrWeak says that a PIN is among the first that anybody tries.
	ErrWeak = errors.New("this PIN is one that is tried first: choose another")
)

// Parse reads a PIN as it was keyed; what cannot be one is ErrForm.
func Parse(text string) (PIN, error) {
	if len(text) < least || len(text) > most || strings.Trim(text, "0123456789") != "" {
		return PIN{}, ErrForm
	}
	return PIN{text}, nil
}

// Reveal is the digits, for who carries them on.
func (p PIN) Reveal() string { return p.digits }

// IsZero reports whether nobody keyed it.
func (p PIN) IsZero() bool { return p.digits == "" }

const mask = "***"

// String masks itself.
func (p PIN) String() string { return mask }

// Format masks itself whatever the verb.
func (p PIN) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// MarshalText masks itself.
func (p PIN) MarshalText() ([]byte, error) { return []byte(mask), nil }

// Weak reports whether a PIN is one that is tried first: a digit again and again,
// or a run of them.
func (p PIN) Weak() bool {
	same, up, down := true, true, true
	for i := 1; i < len(p.digits); i++ {
		step := int(p.digits[i]) - int(p.digits[i-1])
		same, up, down = same && step == 0, up && step == 1, down && step == -1
	}
	return same || up || down
}
