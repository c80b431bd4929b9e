package ledger

import (
	"database/sql/driver"
	"fmt"

	"github.com/google/uuid"
)

// ID is a UUID that names one kind of thing; K keeps an account's id from
// being passed where a right's is meant. In JSON and SQL it is the canonical
// lower-case text of 36 characters, and no other spelling is read.
type ID[K any] [16]byte

type (
	entry    struct{}
	account  struct{}
	member   struct{}
	terminal struct{}
	right    struct{}
	hold     struct{}
	suspect  struct{}
	chain    struct{}
)

// The ids of the ledger. An EntryID and a RightID are UUIDv7, made before the
// transaction that writes them begins, and kept through every retry. Order
// comes from places, never from ids.
type (
	EntryID    = ID[entry]
	AccountID  = ID[account]
	MemberID   = ID[member]
	TerminalID = ID[terminal]
	RightID    = ID[right]
	HoldID     = ID[hold]
	SuspectID  = ID[suspect]
	ChainID    = ID[chain]
)

// NewID makes a UUIDv7. It panics only if the system has no randomness.
func NewID[K any]() ID[K] { return ID[K](uuid.Must(uuid.NewV7())) }

// NewRandomID makes a UUIDv4, for ids that must not tell when they were made:
// members' accounts and suspects.
func NewRandomID[K any]() ID[K] { return ID[K](uuid.New()) }

// ParseID reads the canonical text of an id.
func ParseID[K any](text string) (ID[K], error) {
	var id ID[K]
	if !readUUID(id[:], text) {
		return ID[K]{}, fmt.Errorf("read id %q: not a lower-case UUID", text)
	}
	return id, nil
}

// readUUID reads the canonical text of RFC 9562 §4, and no other spelling.
func readUUID(into []byte, text string) bool {
	if len(text) != 36 {
		return false
	}
	n := 0
	for i := 0; i < len(text); i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if text[i] != '-' {
				return false
			}
			continue
		}
		digit := nibbles[text[i]]
		if digit > 0xf {
			return false
		}
		into[n/2] = into[n/2]<<4 | digit
		n++
	}
	return true
}

// nibbles are what lower-case hexadecimal digits stand for; 0xff is none of them.
var nibbles = func() (of [256]byte) {
	for i := range of {
		of[i] = 0xff
	}
	for i, c := range []byte("0123456789abcdef") {
		of[c] = byte(i)
	}
	return of
}()

// String returns the canonical text.
func (id ID[K]) String() string { return uuid.UUID(id).String() }

// IsZero reports whether the id was never set.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// MarshalText implements encoding.TextMarshaler.
func (id ID[K]) MarshalText() ([]byte, error) { return uuid.UUID(id).MarshalText() }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *ID[K]) UnmarshalText(text []byte) error {
	parsed, err := ParseID[K](string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// Value implements driver.Valuer; the zero id is NULL.
func (id ID[K]) Value() (driver.Value, error) {
	if id.IsZero() {
		return nil, nil
	}
	return id.String(), nil
}

// Scan implements sql.Scanner.
func (id *ID[K]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*id = ID[K]{}
		return nil
	case string:
		return id.UnmarshalText([]byte(v))
	case []byte:
		return id.UnmarshalText(v)
	}
	return fmt.Errorf("read id: column of type %T", src)
}
