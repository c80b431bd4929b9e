package keys

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Lookup is the key of a store under which identifiers are hashed, so that a
// directory can be searched by a phone number and not read for them. A phone
// number has some 10^10 values: whoever has this key has all of them.
type Lookup struct{ key }

// NewLookup makes a random key.
func NewLookup() Lookup { return Lookup{newKey()} }

// ParseLookup reads what Reveal gave.
func ParseLookup(text string) (Lookup, error) {
	k, err := parseKey(text)
	return Lookup{k}, err
}

// Sum is HMAC-SHA256(key, kind ‖ 0x00 ‖ data), for what may hold an identifier
// among other things: a plain hash of it could be tried out number by number.
func (l Lookup) Sum(kind string, data []byte) [32]byte {
	mac := hmac.New(sha256.New, l.bytes[:])
	mac.Write(append([]byte(kind), 0))
	mac.Write(data)
	return [32]byte(mac.Sum(nil))
}

// Hash is HMAC-SHA256(key, kind ‖ 0x00 ‖ value), its first 16 bytes. Kind is
// the kind of identifier ("phone", "card") and has no 0x00 in it; value is its
// one spelling, such as E.164.
func (l Lookup) Hash(kind, value string) [16]byte {
	mac := hmac.New(sha256.New, l.bytes[:])
	buf := make([]byte, 0, 64)
	buf = append(buf, kind...)
	buf = append(buf, 0)
	buf = append(buf, value...)
	mac.Write(buf)
	return [16]byte(mac.Sum(buf[:0]))
}
