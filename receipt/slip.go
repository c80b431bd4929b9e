package receipt

import (
	"strings"
	"time"
)

// Slip is a paper that is about no one sale, such as the day's report.
type Slip struct {
	Header
	At   time.Time // in the zone it is shown in
	Rows []Row
}

// Row is a line of a slip, wrapped where it does not fit.
type Row struct {
	Left, Right string
	Bold        bool
	Rule        bool // a line across the paper; nothing else is set
}

// LayoutIn lays the slip out as Receipt.LayoutIn does.
func (s Slip) LayoutIn(columns int, spell func(string) string) []Line {
	p := newPage(columns, spell)
	head := Receipt{Header: s.Header, At: s.At}
	head.head(p)
	p.rule()
	for _, row := range s.Rows {
		if row.Rule {
			p.rule()
		} else {
			p.add(Line{Left: row.Left, Right: row.Right, Bold: row.Bold})
		}
	}
	for _, note := range s.Notes {
		p.put(note, "")
	}
	head.marks(p)
	return p.lines
}

// Text lays the slip out as plain text, a line feed behind each line.
func (s Slip) Text(columns int) string {
	return text(s.LayoutIn(columns, clean), columns)
}

// text writes lines of paper.
func text(lines []Line, columns int) string {
	columns = max(columns, minColumns)
	var b strings.Builder
	for _, line := range lines {
		if line.Code != "" || line.Bars != "" {
			continue
		}
		b.WriteString(strings.TrimRight(line.Text(columns), " "))
		b.WriteByte('\n')
	}
	return b.String()
}
