package display

import (
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// CharacterSet is what the display can show beyond ASCII.
type CharacterSet byte

// The character sets.
const (
	PC437 CharacterSet = iota // the default of nearly every display
	PC850
	ASCII // only ASCII is sent: for a display whose tables are unknown
	PC852
	PC858
	PC866
	WPC1252
	WPC1254
)

// sets are what configurations call the sets, in their order, with their
// numbers for Epson's ESC t, of the DM-D series and those built after it. No
// display seen has a number for 1254: one that is sold for Turkey has it by its
// switches.
var sets = [...]struct {
	name  string
	table byte
	codes *charmap.Charmap
}{
	{"pc437", 0, charmap.CodePage437},
	{"pc850", 2, charmap.CodePage850},
	{"ascii", 0, nil},
	{"pc852", 18, charmap.CodePage852},
	{"pc858", 19, charmap.CodePage858},
	{"pc866", 17, charmap.CodePage866},
	{"wpc1252", 16, charmap.Windows1252},
	{"wpc1254", switched, charmap.Windows1254},
}

// switched says that no command chooses the table.
const switched = 0xff

// SetNames are the names of the character sets.
func SetNames() []string {
	names := make([]string, len(sets))
	for i, set := range sets {
		names[i] = set.name
	}
	return names
}

// SetNamed returns the character set of a name.
func SetNamed(name string) (CharacterSet, error) {
	for i, set := range sets {
		if set.name == name {
			return CharacterSet(i), nil
		}
	}
	return 0, fmt.Errorf("no character set of a display is named %q: write one of %q", name, SetNames())
}

// encode is r's own byte in set, if it has one that is not a control byte.
func (set CharacterSet) encode(r rune) (byte, bool) {
	if r < utf8.RuneSelf {
		return byte(r), r >= 0x20 && r != 0x7f
	}
	if codes := sets[set].codes; codes != nil && r != utf8.RuneError {
		return codes.EncodeRune(r)
	}
	return 0, false
}

// choose appends the command for the set's table, where there is one.
func (set CharacterSet) choose(dst []byte) []byte {
	if table := sets[set].table; table != switched {
		dst = append(dst, escape, 't', table)
	}
	return dst
}
