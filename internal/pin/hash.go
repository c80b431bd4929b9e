package pin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What a PIN costs whoever tries them out, and the machine each time: OWASP's least
// for argon2id, 19 MiB twice over, some 30 ms.
const (
	hashMemory  = 19 << 10 // KiB
	hashTime    = 2
	hashThreads = 1
	hashBytes   = 32
	saltBytes   = 16
)

// Hash is an argon2id hash in the PHC form, with its parameters and salt. Ten
// thousand PINs are tried in minutes: no Hash of one stands anywhere without a key
// that is elsewhere, in what is hashed or over what comes out of it (Under).
type Hash struct {
	memory, time uint32
	threads      uint8
	salt, sum    []byte
}

// phc is the form that hashes are written in.
const phc = "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"

// Text writes it for who keeps it.
func (h Hash) Text() string {
	e := base64.RawStdEncoding
	return fmt.Sprintf(phc, h.memory, h.time, h.threads, e.EncodeToString(h.salt), e.EncodeToString(h.sum))
}

// Make hashes a secret under a new salt.
func Make(secret []byte) Hash {
	h := Hash{memory: hashMemory, time: hashTime, threads: hashThreads, salt: make([]byte, saltBytes), sum: make([]byte, hashBytes)}
	rand.Read(h.salt) // never fails
	return h.over(secret)
}

// over is the hash of another secret, made in the same way.
func (h Hash) over(secret []byte) Hash {
	h.sum = argon2.IDKey(secret, h.salt, h.time, h.memory, h.threads, uint32(len(h.sum)))
	return h
}

// Is compares in constant time.
func (h Hash) Is(secret []byte) bool { return h.same(h.over(secret)) }

func (h Hash) same(as Hash) bool { return subtle.ConstantTimeCompare(h.sum, as.sum) == 1 }

// Under puts a key over the hash: what comes out of it can be compared by who has the
// key, and by nobody else.
func (h Hash) Under(key func(sum []byte) [hashBytes]byte) Hash {
	sum := key(h.sum)
	h.sum = sum[:]
	return h
}

// IsUnder is Is of a hash that has a key over it.
func (h Hash) IsUnder(key func(sum []byte) [hashBytes]byte, secret []byte) bool {
	return h.same(h.over(secret).Under(key))
}

var errHash = errors.New("a PIN's hash cannot be read")

// Read reads what Text wrote. Parameters that would cost the machine more than this
// release ever asks are refused.
func Read(text string) (h Hash, err error) {
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
