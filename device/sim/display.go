package sim

import (
	"context"
	"strings"
)

const (
	rows    = 2
	columns = 20
)

// Display plays a line display of 2×20 cells.
type Display struct {
	plug
	record
	screen   screen
	commands commands
}

// commands reads the bytes of a display and moves its screen.
type commands interface {
	put(b byte)
	reset()
}

// NewDisplay plugs an Epson DM-D display in at path, as NewKeypad does.
func NewDisplay(path string) (*Display, error) {
	d := &Display{}
	d.commands = &epson{screen: &d.screen}
	return d, d.plugIn(path)
}

// NewCD5220 plugs a display in that is switched to CD5220.
func NewCD5220(path string) (*Display, error) {
	d := &Display{}
	d.commands = &cd5220{screen: &d.screen}
	return d, d.plugIn(path)
}

// NewLogicControls plugs a display of Logic Controls in.
func NewLogicControls(path string) (*Display, error) {
	d := &Display{}
	d.commands = &pole{screen: &d.screen}
	return d, d.plugIn(path)
}

// NewAedex plugs a display in that is switched to Aedex.
func NewAedex(path string) (*Display, error) {
	d := &Display{}
	d.commands = &aedex{screen: &d.screen}
	return d, d.plugIn(path)
}

func (d *Display) plugIn(path string) error {
	d.plug = newPlug(path, func(p []byte) []byte {
		d.take(p, func() {
			for _, b := range p {
				d.commands.put(b)
			}
		})
		return nil
	})
	return d.Replug()
}

// Replug brings the display back, dark as after a power cut.
func (d *Display) Replug() error {
	d.record.mu.Lock()
	d.commands.reset()
	d.record.mu.Unlock()
	return d.plug.Replug()
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

// Of the modes, by Epson's numbers, what happens behind the last cell: overwrite goes
// on at the first, vertical scrolls.
const (
	overwrite = 1
	vertical  = 2
)

// screen is the glass of a display, and the bytes all displays agree on.
type screen struct {
	cells [rows][columns]rune
	x, y  int // of the cursor, from 0
	mode  byte
	table byte
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

// put takes a byte that belongs to no command.
func (s *screen) put(b byte) {
	switch {
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

// move puts the cursor on a cell, from 1; a place that is none leaves it.
func (s *screen) move(x, y byte) {
	if x >= 1 && x <= columns && y >= 1 && y <= rows {
		s.x, s.y = int(x)-1, int(y)-1
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
