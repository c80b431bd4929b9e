package ledger

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
)

// Epoch counts the lives of a terminal's journal. A restored, salvaged or
// suspicious database begins the next one before its first write.
type Epoch uint32

// Seq is an entry's number within an epoch, from 1 without gaps.
type Seq uint64

// Branch is drawn at random when an epoch begins, so that two copies of one
// terminal that both open epoch 5 never claim one place.
type Branch [8]byte

// Place says where an entry stands in a terminal's chain. It is the envelope
// of an entry and never part of its body.
type Place struct {
	Terminal TerminalID `json:"terminal"`
	Epoch    Epoch      `json:"epoch"`
	Branch   Branch     `json:"branch"`
	Seq      Seq        `json:"seq"`
}

// NewBranch draws a branch.
func NewBranch() Branch {
	var b Branch
	rand.Read(b[:]) // never fails: it ends the program where there is no randomness
	return b
}

// IsZero reports whether the place was never set.
func (p Place) IsZero() bool { return p == Place{} }

// String is for messages: epoch.seq of a terminal.
func (p Place) String() string { return fmt.Sprintf("%s/%d.%d", p.Terminal, p.Epoch, p.Seq) }

// String returns the branch in hexadecimal.
func (b Branch) String() string { return hex.EncodeToString(b[:]) }

// MarshalText implements encoding.TextMarshaler.
func (b Branch) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, b[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Branch) UnmarshalText(text []byte) error { return unhex(b[:], text) }

// Value implements driver.Valuer.
func (b Branch) Value() (driver.Value, error) { return b[:], nil }

// Scan implements sql.Scanner.
func (b *Branch) Scan(src any) error { return scanBytes(b[:], src) }
