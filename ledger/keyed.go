package ledger

import (
	"database/sql/driver"
	"encoding/hex"
)

// KeyedHash is an HMAC-SHA256, cut to 16 bytes, of an identifier under a
// store's or the chain's key. It finds a member without naming her.
type KeyedHash [16]byte

// Abridged is the hash as far as directories keep it: without its middle four
// bytes. The 96 bits left still tell all members of a chain apart.
func (h KeyedHash) Abridged() KeyedHash {
	clear(h[6:10])
	return h
}

// MarshalText implements encoding.TextMarshaler.
func (h KeyedHash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *KeyedHash) UnmarshalText(text []byte) error { return unhex(h[:], text) }

// Value implements driver.Valuer.
func (h KeyedHash) Value() (driver.Value, error) { return h[:], nil }

// Scan implements sql.Scanner.
func (h *KeyedHash) Scan(src any) error { return scanBytes(h[:], src) }
