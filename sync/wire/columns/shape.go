package columns

import (
	"errors"
	"strings"
)

// A shape is text in which these stand for its holes. None of them stands in JSON.
const (
	numberHole = '\x01' // a whole number
	textHole   = '\x02' // what stands between quotes, as it was escaped, or any other text
	arrayHole  = '\x03'
)

const holes = "\x01\x02\x03"

// shape is a piece of a line: literals with holes between them.
type shape struct {
	text     string
	literals []string
	holes    string // which, in order
	first    int    // the column of the first hole
}

// arrayColumns are those of an array: how many elements it has; of each, which of those
// that differ it is, from 1, or 0 where it is a further one; and of those the shape.
const arrayColumns = 3

// columns is how many its holes have.
func (s *shape) columns() int {
	return len(s.holes) + (arrayColumns-1)*strings.Count(s.holes, string(arrayHole))
}

// parseShape reads a shape whose columns begin with one.
func parseShape(text string, first int) shape {
	s := shape{text: text, first: first}
	for rest := text; ; {
		i := strings.IndexAny(rest, holes)
		if i < 0 {
			s.literals = append(s.literals, rest)
			return s
		}
		s.literals, s.holes = append(s.literals, rest[:i]), s.holes+rest[i:i+1]
		rest = rest[i+1:]
	}
}

var errDamaged = errors.New("read columns: damaged")
