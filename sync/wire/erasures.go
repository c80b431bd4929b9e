package wire

import (
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// ErasuresParam of a request for the feed says which erasures its terminal knows of.
// One that sends it is told of those that it has not heard of, before all else.
const ErasuresParam = "erasures"

// Erasures are serials: of the last erasure that a terminal heard of, and of the last
// one before whose hearing all that it wrote is at headquarters.
type Erasures struct {
	Heard  ledger.Millis
	Sealed ledger.Millis
}

// Text writes it as heard.sealed.
func (e Erasures) Text() string { return fmt.Sprintf("%d.%d", e.Heard, e.Sealed) }

// ReadErasures reads what Text wrote; nil where nothing was sent.
func ReadErasures(text string) (*Erasures, error) {
	if text == "" {
		return nil, nil
	}
	var e Erasures
	n, err := fmt.Sscanf(strings.ReplaceAll(text, ".", " "), "%d %d", &e.Heard, &e.Sealed)
	if err != nil || n != 2 || e.Sealed > e.Heard {
		return nil, fmt.Errorf("erasures %q: write them as heard.sealed", text)
	}
	return &e, nil
}
