package sim

// cd5220 reads the commands of a display switched to CD5220.
type cd5220 struct {
	screen  *screen
	command []byte // begun and not yet whole
	// lines says that a line command came last: until CLR or CAN the display
	// takes nothing but further ones.
	lines bool
}

func (c *cd5220) reset() {
	c.command, c.lines = nil, false
	c.screen.reset()
}

func (c *cd5220) put(b byte) {
	if len(c.command) > 0 || b == 0x1b || b == 0x1f {
		c.command = append(c.command, b)
		if c.whole() {
			c.run(c.command)
			c.command = c.command[:0]
		}
		return
	}
	if b == 0x0c || b == 0x18 {
		c.lines = false
	}
	if !c.lines {
		c.screen.put(b)
	}
}

// whole reports whether a command, begun by its first byte, is whole.
func (c *cd5220) whole() bool {
	if len(c.command) < 2 {
		return false
	}
	switch [2]byte{c.command[0], c.command[1]} {
	case [2]byte{0x1b, '@'}, [2]byte{0x1b, 'c'}, [2]byte{0x1b, 0x11}, [2]byte{0x1b, 0x12}, [2]byte{0x1b, 0x13}, [2]byte{0x1f, '@'}:
		return true
	case [2]byte{0x1b, 'l'}:
		return len(c.command) == 4
	case [2]byte{0x1b, 'Q'}: // A or B, up to 20 characters, CR
		return len(c.command) > 3 && c.command[len(c.command)-1] == 0x0d || len(c.command) > 3+columns
	}
	return len(c.command) == 3 // ESC _, *, f, =, [ and US E and the like
}

func (c *cd5220) run(command []byte) {
	if command[0] != 0x1b {
		return
	}
	if command[1] == 'Q' {
		c.line(command[2], command[3:len(command)-1])
		return
	}
	if c.lines {
		return
	}
	switch command[1] {
	case '@':
		c.screen.reset()
	case 'l':
		c.screen.move(command[2], command[3])
	case '[':
		if command[2] == 'H' {
			c.screen.move(1, 1)
		}
	case 0x11, 0x12:
		c.screen.mode = command[1] - 0x10
	}
}

// line shows text on the upper line, A, or the lower, B.
func (c *cd5220) line(which byte, text []byte) {
	if which != 'A' && which != 'B' {
		return
	}
	c.lines = true
	line := blank
	for x, b := range text {
		line[x] = glyph(c.screen.table, b)
	}
	c.screen.cells[which-'A'] = line
}
