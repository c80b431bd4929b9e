package sim

// aedex reads the commands of a display switched to Aedex: each begins with !#
// and a letter or digit, and ends with CR. It shows nothing else.
type aedex struct {
	screen  *screen
	command []byte
}

func (a *aedex) reset() {
	a.command = nil
	a.screen.reset()
}

func (a *aedex) put(b byte) {
	if b != 0x0d {
		if len(a.command) < 3+columns*rows {
			a.command = append(a.command, b)
		}
		return
	}
	c := a.command
	a.command = nil
	if len(c) < 3 || c[0] != '!' || c[1] != '#' {
		return
	}
	switch c[2] {
	case 'A':
		a.screen.reset()
	case '1', '2':
		line := blank
		for x, b := range c[3:min(len(c), 3+columns)] {
			line[x] = glyph(a.screen.table, b)
		}
		a.screen.cells[c[2]-'1'] = line
	}
}
