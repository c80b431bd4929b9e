package receipt

import "strings"

// Line is one line of paper. What stands left and right fits beside each
// other, with a space between.
type Line struct {
	Left, Right string
	Center      bool // Left in the middle
	Bold        bool
	// Double is twice as high and wide: it fits into half the columns.
	Double bool
	// Code is a QR code for scanners, and the line is nothing else; Bars likewise
	// is Code 128. Text has none.
	Code, Bars string
	// Rule says that Left is a line drawn across the paper, in hyphens.
	Rule bool
}

// Text writes the line into so many cells, filled with spaces. It is for
// paper without bold and double.
func (l Line) Text(columns int) string {
	gap := max(columns-Cells(l.Left)-Cells(l.Right), 0)
	if l.Center {
		return strings.Repeat(" ", gap/2) + l.Left + strings.Repeat(" ", gap-gap/2)
	}
	return l.Left + strings.Repeat(" ", gap) + l.Right
}

// groups lays out a code, broken at its dashes alone.
func (p *page) groups(code string) {
	line := ""
	for _, group := range strings.Split(code, "-") {
		switch {
		case line == "":
			line = group
		case Cells(line)+1+Cells(group) > p.columns:
			p.center(line, false)
			line = group
		default:
			line += "-" + group
		}
	}
	p.center(line, false)
}

// page collects laid-out lines.
type page struct {
	columns int
	spell   func(string) string
	lines   []Line
}

func newPage(columns int, spell func(string) string) *page {
	return &page{columns: max(columns, minColumns), spell: func(text string) string { return clean(spell(text)) }}
}

// put lays out a text on the left with one on the right, wrapped as needed:
// the right one stands in the last line of the left one if it fits there.
func (p *page) put(left, right string) { p.add(Line{Left: left, Right: right}) }

func (p *page) bold(left, right string) { p.add(Line{Left: left, Right: right, Bold: true}) }

func (p *page) center(text string, bold bool) {
	if text != "" {
		p.add(Line{Left: text, Center: true, Bold: bold})
	}
}

// total is the line to be read from afar; where it does not fit at double
// size it is only bold.
func (p *page) total(left, right string) {
	double := Cells(p.spell(left))+1+Cells(p.spell(right)) <= p.columns/2
	p.add(Line{Left: left, Right: right, Bold: true, Double: double})
}

func (p *page) rule() { p.add(Line{Left: strings.Repeat("-", p.columns), Rule: true}) }

// add appends a line, or as many as it takes.
func (p *page) add(line Line) {
	columns := p.columns
	if line.Double {
		columns /= 2
	}
	lefts := wrap(p.spell(line.Left), columns)
	rights := wrap(p.spell(line.Right), columns)
	if len(lefts) > 0 && len(rights) > 0 && Cells(lefts[len(lefts)-1])+1+Cells(rights[0]) <= columns {
		line.Left, line.Right = lefts[len(lefts)-1], rights[0]
		p.each(line, lefts[:len(lefts)-1], nil)
		p.lines = append(p.lines, line)
		p.each(line, nil, rights[1:])
		return
	}
	p.each(line, lefts, rights)
}

// each appends texts in lines of their own, in the look of a line.
func (p *page) each(look Line, lefts, rights []string) {
	for _, text := range lefts {
		look.Left, look.Right = text, ""
		p.lines = append(p.lines, look)
	}
	for _, text := range rights {
		look.Left, look.Right = "", text
		p.lines = append(p.lines, look)
	}
}
