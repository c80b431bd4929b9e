package display

import "fmt"

// Protocol is the command set a display is switched to. No display tells which,
// so it is configured.
type Protocol byte

// The protocols.
const (
	// Epson is that of Epson's DM-D displays, and the default.
	Epson Protocol = iota
	// CD5220 is the DSP set, the default of many displays without a great name.
	// Its line commands ESC Q A and B are not used: after them the display
	// refuses everything until it is cleared or a line is cancelled, either of
	// which flickers. Positions, ESC l, do all that is needed.
	CD5220
	// LogicControls is that of Logic Controls' PD and LD displays.
	LogicControls
	// UTC is the standard mode of displays by UTC, which knows what a
	// LogicControls display does, but begins with its own clear.
	UTC
	// Aedex is also EMAX's. It writes lines alone.
	Aedex
)

// names are what configurations call the protocols, in their order.
var names = [...]string{"epson", "cd5220", "logic-controls", "utc", "aedex"}

// Named returns the protocol of a name.
func Named(name string) (Protocol, error) {
	for i, known := range names {
		if known == name {
			return Protocol(i), nil
		}
	}
	return 0, fmt.Errorf("no display protocol is named %q: write one of %q", name, names)
}

// dialect is how a protocol says things.
type dialect struct {
	// start puts the display into the state that Encode counts on: reset, nothing
	// shown, the cursor hidden, and overwrite mode, for in vertical scroll mode
	// the 40th cell would scroll the first line away.
	start func(dst []byte, set CharacterSet) []byte
	// move puts the cursor on cell x of line y, from 0, in moveLength bytes; nil
	// where only whole lines can be written.
	move       func(dst []byte, x, y int) []byte
	moveLength int
	line       func(dst []byte, y int, cells []byte) []byte
}

const (
	escape      = 0x1b
	unit        = 0x1f
	clearScreen = 0x0c
	position    = 0x10
	overwrites  = 0x11
	cursorOff   = 0x14
	carriage    = 0x0d
)

var dialects = [...]dialect{
	Epson: {
		start: func(dst []byte, set CharacterSet) []byte {
			dst = append(dst,
				escape, '@',
				unit, 0x01, // overwrite
			)
			return append(set.choose(dst),
				unit, 'C', 0, // no cursor
				clearScreen,
			)
		},
		move:       func(dst []byte, x, y int) []byte { return append(dst, unit, '$', byte(x+1), byte(y+1)) },
		moveLength: 4,
	},
	CD5220: {
		// It has no command for code tables. The first clear is for a display
		// that something left in a line command, where it would refuse ESC @.
		start: func(dst []byte, _ CharacterSet) []byte {
			return append(dst,
				clearScreen,
				escape, '@',
				escape, overwrites,
				escape, '_', 0, // no cursor
				clearScreen,
			)
		},
		move:       func(dst []byte, x, y int) []byte { return append(dst, escape, 'l', byte(x+1), byte(y+1)) },
		moveLength: 4,
	},
	LogicControls: {start: pole, move: place, moveLength: 2},
	UTC:           {start: pole, move: place, moveLength: 2},
	Aedex: {
		start: func(dst []byte, _ CharacterSet) []byte { return append(dst, '!', '#', 'A', carriage) },
		line: func(dst []byte, y int, cells []byte) []byte {
			return append(append(append(dst, '!', '#', '1'+byte(y)), cells...), carriage)
		},
	},
}

// pole is how Logic Controls' and UTC's displays begin; US resets the one and
// clears the other.
func pole(dst []byte, _ CharacterSet) []byte { return append(dst, unit, overwrites, cursorOff) }

// place counts the cells of both lines in one, from 0.
func place(dst []byte, x, y int) []byte { return append(dst, position, byte(y*Columns+x)) }
