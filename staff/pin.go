package staff

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

// PIN is 4 to 12 digits that an operator keys. However it is printed it masks
// itself.
type PIN struct{ digits string }

const (
	minPIN = 4
	maxPIN = 12
)

// ErrNoPIN says that what was keyed can be nobody's PIN.
var ErrNoPIN = errors.New("a PIN has 4 to 12 digits")

// ParsePIN reads a PIN as it was keyed.
func ParsePIN(text string) (PIN, error) {
	if len(text) < minPIN || len(text) > maxPIN || strings.Trim(text, "0123456789") != "" {
		return PIN{}, ErrNoPIN
	}
	return PIN{text}, nil
}

// Reveal is the digits, for who carries them on.
func (p PIN) Reveal() string { return p.digits }

const mask = "***"

// String masks itself.
func (p PIN) String() string { return mask }

// Format masks itself whatever the verb.
func (p PIN) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// MarshalText masks itself.
func (p PIN) MarshalText() ([]byte, error) { return []byte(mask), nil }

// weak reports whether a PIN is one that is tried first: a digit again and again,
// or a run of them.
func (p PIN) weak() bool {
	same, up, down := true, true, true
	for i := 1; i < len(p.digits); i++ {
		step := int(p.digits[i]) - int(p.digits[i-1])
		same, up, down = same && step == 0, up && step == 1, down && step == -1
	}
	return same || up || down
}

// What a PIN costs whoever tries them out, and the till at each sign-on: OWASP's
// least for argon2id, 19 MiB twice over, some 30 ms.
const (
	hashMemory  = 19 << 10 // KiB
	hashTime    = 2
	hashThreads = 1
	hashBytes   = 32
	saltBytes   = 16
)

// hashed is an argon2id hash in the PHC form, with its parameters and salt.
type hashed struct {
	memory, time uint32
	threads      uint8
	salt, sum    []byte
}

// phc is the form that hashes are written in.
const phc = "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"

func (h hashed) String() string {
	e := base64.RawStdEncoding
	return fmt.Sprintf(phc, h.memory, h.time, h.threads, e.EncodeToString(h.salt), e.EncodeToString(h.sum))
}

// hashPIN hashes what was keyed under a new salt.
func hashPIN(keyed []byte) hashed {
	h := hashed{memory: hashMemory, time: hashTime, threads: hashThreads, salt: make([]byte, saltBytes)}
	rand.Read(h.salt) // never fails
	h.sum = h.over(keyed, hashBytes)
	return h
}

func (h hashed) over(keyed []byte, n uint32) []byte {
	return argon2.IDKey(keyed, h.salt, h.time, h.memory, h.threads, n)
}

// is compares in constant time.
func (h hashed) is(keyed []byte) bool {
	return subtle.ConstantTimeCompare(h.over(keyed, uint32(len(h.sum))), h.sum) == 1
}

var errHash = errors.New("a PIN's hash cannot be read")

// parseHash reads what String wrote. Parameters that would cost the till more
// than this release ever asks are refused.
func parseHash(text string) (h hashed, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != "v=19" {
		return h, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil {
		return h, errHash
	}
	e := base64.RawStdEncoding
	var salted, summed error
	h.salt, salted = e.DecodeString(parts[4])
	h.sum, summed = e.DecodeString(parts[5])
	switch {
	case salted != nil || summed != nil || len(h.salt) < 8 || len(h.sum) < 16 || len(h.sum) > 64:
		return h, errHash
	case h.memory < 8 || h.memory > 256<<10 || h.time < 1 || h.time > 16 || h.threads < 1 || h.threads > 16:
		return h, errHash
	}
	return h, nil
}
