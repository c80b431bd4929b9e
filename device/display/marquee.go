package display

import (
	"bytes"
	"time"
)

// A line that is longer than the glass runs past: it rests at its beginning,
// moves a cell at a time until it is gone round, and rests again.
const (
	rest = 2 * time.Second
	step = 250 * time.Millisecond
	gap  = 3 // blank cells between the end and the beginning
)

// marquee is what is to be shown, of which some lines may be too long.
type marquee struct {
	cells Cells        // at rest
	long  [Rows][]byte // lines that move, with the gap; nil for those that do not
	since time.Time    // when it was first shown
}

// newMarquee lays two lines out.
func newMarquee(upper, lower string, set CharacterSet, now time.Time) marquee {
	m := marquee{cells: Layout(upper, lower, set), since: now}
	for y, text := range [Rows]string{upper, lower} {
		if line := long(text, set); line != nil {
			m.long[y] = line
		}
	}
	return m
}

// shows reports whether both say the same.
func (m *marquee) shows(other *marquee) bool {
	same := m.cells == other.cells
	for y := range m.long {
		same = same && bytes.Equal(m.long[y], other.long[y])
	}
	return same
}

// long returns the cells of a text that is longer than the glass, or nil.
func long(text string, set CharacterSet) []byte {
	line := make([]byte, 0, len(text)+gap)
	eachCell(text, set, func(b byte) bool { line = append(line, b); return true })
	if len(line) <= Columns {
		return nil
	}
	for range gap {
		line = append(line, ' ')
	}
	return line
}

// at returns what to show at a time, and in how long that changes; 0 is never.
func (m *marquee) at(now time.Time) (cells Cells, next time.Duration) {
	cells = m.cells
	for y, line := range m.long {
		if line == nil {
			continue
		}
		round := rest + time.Duration(len(line))*step
		into := max(now.Sub(m.since), 0) % round
		left := rest - into
		if into >= rest {
			moved := 1 + int((into-rest)/step)
			left = step - (into-rest)%step
			for x := range cells[y] {
				cells[y][x] = line[(moved+x)%len(line)]
			}
		}
		if next == 0 || left < next {
			next = left
		}
	}
	return cells, next
}
