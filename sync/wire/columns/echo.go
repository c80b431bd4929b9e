package columns

import (
	"bytes"
	"slices"
)

// minEcho is from how long on a text is worth to be looked for in another.
const minEcho = 8

// echo is what may be said of a column: that its texts end in what stood last in
// another, behind so many characters of their own.
type echo struct{ base, own int }

// echoes are those that hold for all texts of a column.
type echoes struct {
	looked bool
	first  int64 // which text came first
	hold   []echo
}

// findEchoes finds texts that end in what another column had last, as the subject of a
// sale without a member does in the sale's id.
func (l *lexed) findEchoes(columns []column) {
	all := make([]echoes, len(columns))
	last := make([][]byte, len(columns))
	for _, v := range l.values {
		if c := &columns[v.column]; c.form.isNumber() || !c.tells() {
			continue
		}
		text, e := l.texts[v.number], &all[v.column]
		if !e.looked {
			e.looked, e.first, e.hold = true, v.number, echoesIn(text, last)
		}
		e.hold = slices.DeleteFunc(e.hold, func(one echo) bool {
			own, ok := bytes.CutSuffix(text, last[one.base])
			return !ok || !bytes.Equal(own, l.texts[e.first][:one.own])
		})
		last[v.column] = text
	}
	for i, e := range all {
		if len(e.hold) > 0 {
			columns[i] = column{form: verbatim | same | based, base: e.hold[0].base, width: e.hold[0].own, only: e.first}
		}
	}
}

func echoesIn(text []byte, last [][]byte) (found []echo) {
	for base, other := range last {
		if len(other) >= minEcho && bytes.HasSuffix(text, other) {
			found = append(found, echo{base, len(text) - len(other)})
		}
	}
	return found
}
