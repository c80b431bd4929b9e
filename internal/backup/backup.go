// Package backup knows the file that a backup is: one age file (X25519), in it
// zstd, in that a tar, whose first member is manifest.json and whose others
// are the parts it names, in its order. `age -d -i KEY FILE | zstd -d | tar x`
// opens it without this program.
//
// It knows how such a file comes to its place, too: whole or not at all, read
// back, and the newest few kept. What the parts are, when they were taken and
// what to do with them belongs to its caller.
package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Format is the version of the file that Write writes and the highest that
// Read reads.
const Format = 1

// ErrNewer says that a later release wrote the file.
var ErrNewer = errors.New("a newer loyaltyd wrote this backup: restore it with that release")

// ErrDamaged says that the file is not what Write wrote.
var ErrDamaged = errors.New("the backup is damaged")

// Bounds of what Read takes, whatever a file says of itself.
const (
	maxManifest = 1 << 20
	maxParts    = 100
	maxPart     = 1 << 44
)

// Manifest says what a backup holds.
type Manifest struct {
	Format  int           `json:"format"`
	Release string        `json:"release"`
	At      ledger.Millis `json:"at_ms"` // nothing told before is missing
	// Terminal is the till, nil where only a headquarters is backed up.
	Terminal     *Till         `json:"terminal,omitempty"`
	Headquarters *Headquarters `json:"headquarters,omitempty"`
	// Retired says that the headquarters ended with this file: it is to be imported,
	// not restored.
	Retired bool   `json:"retired,omitempty"`
	Parts   []Part `json:"parts"`
}

// Till says which till is in a backup, and up to where.
type Till struct {
	ID   ledger.TerminalID `json:"id"`
	Name string            `json:"name"`
	Head ledger.Head       `json:"head"`
	// Findings is how much of the journal was damaged already: what was is
	// told again at each restore, more is damage.
	Findings int `json:"findings,omitempty"`
}

// Headquarters says which headquarters is in a backup, and up to where.
type Headquarters struct {
	Chain       ledger.ChainID     `json:"chain"`
	Incarnation ledger.Incarnation `json:"incarnation"`
	Entries     int                `json:"entries"`
	Terminals   int                `json:"terminals"`
	Findings    int                `json:"findings,omitempty"`
}

// Part is one file of a backup.
type Part struct {
	Name string      `json:"name"` // as in the data folder, or config/ and a file's name
	Size int64       `json:"size_bytes"`
	Hash ledger.Hash `json:"sha256"`
}

var partName = regexp.MustCompile(`^(config/)?[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)

// ParseManifest reads a manifest and checks all that it says of itself.
func ParseManifest(text []byte) (Manifest, error) {
	var version struct {
		Format int `json:"format"`
	}
	var m Manifest
	if err := json.Unmarshal(text, &version); err != nil {
		return m, fmt.Errorf("read manifest: %w", ErrDamaged)
	}
	if version.Format > Format {
		return m, fmt.Errorf("format %d: %w", version.Format, ErrNewer)
	}
	if err := ledger.DecodeJSON(text, &m); err != nil {
		return m, fmt.Errorf("read manifest: %v: %w", err, ErrDamaged)
	}
	return m, m.check()
}

func (m Manifest) check() error {
	seen := map[string]bool{}
	switch {
	case m.Format < 1:
		return fmt.Errorf("format %d: %w", m.Format, ErrDamaged)
	case len(m.Parts) == 0 || len(m.Parts) > maxParts:
		return fmt.Errorf("%d parts: %w", len(m.Parts), ErrDamaged)
	}
	for _, p := range m.Parts {
		if !partName.MatchString(p.Name) || p.Name == manifestName || seen[p.Name] {
			return fmt.Errorf("a part is called %q: %w", p.Name, ErrDamaged)
		}
		if p.Size < 0 || p.Size > maxPart {
			return fmt.Errorf("part %q has %d bytes: %w", p.Name, p.Size, ErrDamaged)
		}
		seen[p.Name] = true
	}
	return nil
}
