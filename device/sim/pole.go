package sim

// pole reads the commands of a Logic Controls display, or UTC's in its standard
// mode.
type pole struct {
	screen *screen
	place  bool // the next byte is the number of a cell
}

func (p *pole) reset() {
	p.place = false
	p.screen.reset()
}

func (p *pole) put(b byte) {
	switch {
	case p.place:
		p.place = false
		p.screen.move(b%columns+1, b/columns+1)
	case b == 0x10:
		p.place = true
	case b == 0x11:
		p.screen.mode = overwrite
	case b == 0x12:
		p.screen.mode = vertical
	case b == 0x1f:
		p.screen.reset()
	case b == 0x0d, b == 0x0a, b == 0x08, b >= 0x20:
		p.screen.put(b)
	}
}
