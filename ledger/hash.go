package ledger

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Hash is a SHA-256; hexadecimal in JSON, 32 bytes in SQL.
type Hash [32]byte

// HashOf returns the SHA-256 of a body's bytes.
func HashOf(body []byte) Hash { return sha256.Sum256(body) }

// chainDomain begins every link, so that no other hash of ours can be one.
const chainDomain = "loyaltyd/1"

// Link returns the hash of the chain at a place:
//
//	SHA256("loyaltyd/1" ‖ terminal ‖ epoch ‖ branch ‖ seq ‖ prev ‖ body)
//
// with terminal in 16 bytes, epoch in 4, branch in 8 and seq in 8, big endian.
// It is over the body's hash, so that a pruned body leaves the chain whole.
func Link(at Place, prev, body Hash) Hash {
	var buf [len(chainDomain) + 16 + 4 + 8 + 8 + 32 + 32]byte
	b := append(buf[:0], chainDomain...)
	b = append(b, at.Terminal[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(at.Epoch))
	b = append(b, at.Branch[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(at.Seq))
	b = append(b, prev[:]...)
	b = append(b, body[:]...)
	return sha256.Sum256(b)
}

// LedgerLink returns the hash of an account's ledger at its row n: over the
// account, the row's number, the hash before it and the row's decided bytes.
func LedgerLink(of AccountID, n uint64, prev, decided Hash) Hash {
	const domain = "loyaltyd/ledger/1"
	var buf [len(domain) + 16 + 8 + 32 + 32]byte
	b := append(buf[:0], domain...)
	b = append(b, of[:]...)
	b = binary.BigEndian.AppendUint64(b, n)
	b = append(b, prev[:]...)
	b = append(b, decided[:]...)
	return sha256.Sum256(b)
}

// String returns the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether the hash is the one before the first link.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error { return unhex(h[:], text) }

// Value implements driver.Valuer.
func (h Hash) Value() (driver.Value, error) { return h[:], nil }

// Scan implements sql.Scanner.
func (h *Hash) Scan(src any) error { return scanBytes(h[:], src) }

func unhex(to, text []byte) error {
	if hex.DecodedLen(len(text)) != len(to) || len(text)%2 != 0 {
		return fmt.Errorf("read hash: %d characters, want %d", len(text), 2*len(to))
	}
	for _, c := range text {
		if c >= 'A' && c <= 'F' {
			return fmt.Errorf("read hash: capital %q", c)
		}
	}
	if _, err := hex.Decode(to, text); err != nil {
		return fmt.Errorf("read hash: %w", err)
	}
	return nil
}

func scanBytes(to []byte, src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(to) {
		return fmt.Errorf("read hash: column of type %T and %d bytes, want %d", src, len(b), len(to))
	}
	copy(to, b)
	return nil
}
