package display

// Encode appends the fewest bytes that make a display showing from show to: each
// changed run behind a move to its place, and where two runs of one line are so
// near that a second move costs no less, the cells between them as well. Lines
// are never joined, since displays differ in where the cursor goes from the end
// of one.
func (p Protocol) Encode(dst []byte, from, to *Cells) []byte {
	for y := range to {
		dst = p.encodeLine(dst, y, &from[y], &to[y])
	}
	return dst
}

func (p Protocol) encodeLine(dst []byte, y int, from, to *[Columns]byte) []byte {
	d := &dialects[p]
	if d.move == nil {
		if *from != *to {
			dst = d.line(dst, y, to[:])
		}
		return dst
	}
	for x := 0; x < Columns; x++ {
		if from[x] == to[x] {
			continue
		}
		end := d.runEnd(x, from, to)
		dst = d.move(dst, x, y)
		dst = append(dst, to[x:end]...)
		x = end
	}
	return dst
}

// runEnd returns the end of the run that begins at the changed cell start: past
// the last changed cell that no gap of more than a move's length parts from it.
func (d *dialect) runEnd(start int, from, to *[Columns]byte) int {
	end := start + 1
	for x := end; x < Columns && x-end <= d.moveLength; x++ {
		if from[x] != to[x] {
			end = x + 1
		}
	}
	return end
}
