package display

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
)

// moveLength is that of the command that moves the cursor, in either protocol.
const moveLength = 4

const (
	escape      = 0x1b
	unit        = 0x1f
	clearScreen = 0x0c
)

// initialize appends what puts the display into the state that Encode counts on:
// reset, nothing shown, the cursor hidden, and overwrite mode, for in vertical
// scroll mode the 40th cell would scroll the first line away.
func (p Protocol) initialize(dst []byte, set CharacterSet) []byte {
	if p == CD5220 {
		// It has no command for code tables. The first clear is for a display
		// that something left in a line command, where it would refuse ESC @.
		return append(dst,
			clearScreen,
			escape, '@',
			escape, 0x11, // overwrite
			escape, '_', 0, // no cursor
			clearScreen,
		)
	}
	return append(dst,
		escape, '@',
		unit, 0x01, // overwrite
		escape, 't', set.table(),
		unit, 'C', 0, // no cursor
		clearScreen,
	)
}

// move appends the command that puts the cursor on cell x of line y, from 0.
func (p Protocol) move(dst []byte, x, y int) []byte {
	if p == CD5220 {
		return append(dst, escape, 'l', byte(x+1), byte(y+1))
	}
	return append(dst, unit, '$', byte(x+1), byte(y+1))
}
