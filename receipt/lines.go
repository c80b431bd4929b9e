package receipt

import "strings"

// Lines are another program's paper: it has laid them out itself.
type Lines []string

// LayoutIn keeps each line as it is; one that is too long goes on in the next.
func (l Lines) LayoutIn(columns int, spell func(string) string) []Line {
	p := newPage(columns, spell)
	for _, text := range l {
		line, cells := strings.Builder{}, 0
		for _, r := range p.spell(text) {
			if cells += runeCells(r); cells > p.columns {
				p.lines = append(p.lines, Line{Left: line.String()})
				line.Reset()
				cells = runeCells(r)
			}
			line.WriteRune(r)
		}
		p.lines = append(p.lines, Line{Left: line.String()})
	}
	return p.lines
}
