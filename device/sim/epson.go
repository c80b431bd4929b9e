package sim

// epson reads the commands of an Epson DM-D display.
type epson struct {
	screen  *screen
	command []byte // begun and not yet whole
}

func (e *epson) reset() {
	e.command = nil
	e.screen.reset()
}

func (e *epson) put(b byte) {
	if len(e.command) > 0 || b == 0x1b || b == 0x1f {
		e.command = append(e.command, b)
		if len(e.command) >= 2 && len(e.command) == epsonLength(e.command) {
			e.run(e.command)
			e.command = e.command[:0]
		}
		return
	}
	e.screen.put(b)
}

// epsonLength is how many bytes the command has that begins with these two.
func epsonLength(c []byte) int {
	switch [2]byte{c[0], c[1]} {
	case [2]byte{0x1b, '@'}, [2]byte{0x1f, 1}, [2]byte{0x1f, 2}, [2]byte{0x1f, 3}, [2]byte{0x1f, '@'}:
		return 2
	case [2]byte{0x1f, '$'}:
		return 4
	}
	return 3 // ESC t, R, =, % and US C, E, X and the like: one argument
}

func (e *epson) run(c []byte) {
	switch {
	case c[0] == 0x1b && c[1] == '@':
		e.screen.reset()
	case c[0] == 0x1b && c[1] == 't':
		e.screen.table = c[2]
	case c[0] == 0x1f && c[1] == '$':
		e.screen.move(c[2], c[3])
	case c[0] == 0x1f && c[1] <= 3:
		e.screen.mode = c[1]
	}
}
