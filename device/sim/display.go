package sim

import (
	"context"
	"strings"
)

const (
	rows    = 2
	columns = 20
)

// Display plays an Epson DM-D line display of 2×20 cells.
type Display struct {
	terminal
	record
	screen screen
}

// NewDisplay plugs a display in at path, a symbolic link it makes.
func NewDisplay(path string) (*Display, error) {
	d := &Display{}
	d.path = path
	d.receive = func(p []byte) {
		d.take(p, func() {
			for _, b := range p {
				d.screen.put(b)
			}
		})
	}
	return d, d.Replug()
}

// Replug brings the display back, dark as after a power cut.
func (d *Display) Replug() error {
	d.record.mu.Lock()
	d.screen = screen{}
	d.screen.reset()
	d.record.mu.Unlock()
	return d.terminal.Replug()
}

// Lines returns what both lines show, without the spaces at their ends.
func (d *Display) Lines() (upper, lower string) {
	d.record.mu.Lock()
	defer d.record.mu.Unlock()
	return d.screen.line(0), d.screen.line(1)
}

// Wait returns once the display shows what holds accepts, or with the cause of
// the end of ctx. Of two texts that come in one read only the second is seen.
// holds gets the lines as from Lines and must not call the display.
func (d *Display) Wait(ctx context.Context, holds func(upper, lower string) bool) error {
	return d.wait(ctx, func() bool { return holds(d.screen.line(0), d.screen.line(1)) })
}

// Of the modes of US 01 to 03, what happens behind the last cell: overwrite goes
// on at the first, vertical scrolls.
const (
	overwrite = 1
	vertical  = 2
)

// screen interprets the bytes of the display.
type screen struct {
	cells   [rows][columns]rune
	x, y    int // of the cursor, from 0
	mode    byte
	table   byte
	command []byte // begun and not yet whole
}

func (s *screen) reset() {
	s.mode, s.table = overwrite, 0
	s.clear()
}

func (s *screen) clear() {
	s.cells = [rows][columns]rune{blank, blank}
	s.x, s.y = 0, 0
}

func (s *screen) line(y int) string {
	return strings.TrimRight(string(s.cells[y][:]), " ")
}

// put takes the next byte.
func (s *screen) put(b byte) {
	if len(s.command) > 0 {
		s.command = append(s.command, b)
		if len(s.command) >= commandLength(s.command) {
			s.run(s.command)
			s.command = s.command[:0]
		}
		return
	}
	switch {
	case b == 0x1b || b == 0x1f:
		s.command = append(s.command, b)
	case b == 0x0c:
		s.clear()
	case b == 0x0b:
		s.x, s.y = 0, 0
	case b == 0x0d:
		s.x = 0
	case b == 0x0a:
		s.lineFeed()
	case b == 0x08:
		s.x = max(s.x-1, 0)
	case b == 0x18:
		s.cells[s.y] = blank
		s.x = 0
	case b >= 0x20:
		s.show(glyph(s.table, b))
	}
}

// commandLength is how many bytes the command has that begins like this, of
// which at least two are there.
func commandLength(c []byte) int {
	switch [2]byte{c[0], c[1]} {
	case [2]byte{0x1b, '@'}, [2]byte{0x1f, 1}, [2]byte{0x1f, 2}, [2]byte{0x1f, 3}, [2]byte{0x1f, '@'}:
		return 2
	case [2]byte{0x1f, '$'}:
		return 4
	}
	return 3 // ESC t, R, =, % and US C, E, X and the like: one argument
}

func (s *screen) run(c []byte) {
	switch {
	case c[0] == 0x1b && c[1] == '@':
		s.reset()
	case c[0] == 0x1b && c[1] == 't':
		s.table = c[2]
	case c[0] == 0x1f && c[1] == '$':
		if c[2] >= 1 && c[2] <= columns && c[3] >= 1 && c[3] <= rows {
			s.x, s.y = int(c[2])-1, int(c[3])-1
		}
	case c[0] == 0x1f && c[1] <= 3:
		s.mode = c[1]
	}
}

// show writes one cell and moves on.
func (s *screen) show(r rune) {
	s.cells[s.y][s.x] = r
	s.x++
	if s.x < columns {
		return
	}
	s.x = 0
	s.lineFeed()
}

func (s *screen) lineFeed() {
	if s.y+1 < rows {
		s.y++
		return
	}
	if s.mode == vertical {
		s.cells[0] = s.cells[1]
		s.cells[1] = blank
		return
	}
	s.y = 0
}

var blank = func() (line [columns]rune) {
	for x := range line {
		line[x] = ' '
	}
	return line
}()
