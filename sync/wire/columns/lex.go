package columns

import (
	"bytes"
	"strconv"
	"strings"
)

// repeatsPerElement is from how many elements on, for each that differs, those of an
// array are told as one of those before.
const repeatsPerElement = 3

// value fills a hole: a number, or a text by its place among those that differ.
type value struct {
	column int
	number int64
	// entry is which of its column's values that differ it is, from 1, and fresh says
	// that it is the first of those.
	entry int
	fresh bool
	// until is of which element of an array it is: where the values end that follow of it.
	until int
}

// lexed is a message taken apart. The values stand in the order in which they are read
// back: an array's number of elements, then of each element its shape and its values.
type lexed struct {
	shapes []shape
	known  map[string]int
	// kinds are of each column: numberHole or textHole.
	kinds  []byte
	values []value
	texts  [][]byte // that differ
	textAt map[string]int

	rest []byte // of the line being read
	// Of the shapes being read, one in the other: text, kinds of columns, and the places
	// of values, whose columns are counted from their shape's first until it is known
	// which shape that is.
	text []byte
	open []byte
	own  []int
}

// piece is where a shape that is being read begins.
type piece struct{ text, open, own int }

// lex takes a message apart.
func lex(message []byte) *lexed {
	l := &lexed{known: map[string]int{}, textAt: map[string]int{}, kinds: bytes.Repeat([]byte{numberHole}, arrayColumns)}
	lines := bytes.Split(message, []byte("\n"))
	l.values = append(l.values, value{number: int64(len(lines))})
	for _, line := range lines {
		which := l.put(1, l.intern(line))
		at := l.put(2, 0)
		l.own = l.own[:0] // these columns are known
		l.values[at].number = int64(l.line(line))
		l.values[which].until = len(l.values)
	}
	l.dropRepeated()
	l.enter()
	return l
}

// line takes one apart. One that is none of ours is one text.
func (l *lexed) line(line []byte) (shape int) {
	before := len(l.values)
	l.rest = line
	if shape, ok := l.element(0); ok && len(l.rest) == 0 {
		return shape
	}
	l.values, l.text, l.open, l.own = l.values[:before], l.text[:0], l.open[:0], l.own[:0]
	l.fill(piece{}, line)
	return l.close(piece{})
}

// element reads a value that has a shape of its own.
func (l *lexed) element(depth int) (shape int, ok bool) {
	p := piece{len(l.text), len(l.open), len(l.own)}
	if depth > maxDepth || !l.value(p, depth) {
		return 0, false
	}
	return l.close(p), true
}

// close ends a shape, and gives its values their columns.
func (l *lexed) close(p piece) (n int) {
	n, ok := l.known[string(l.text[p.text:])]
	if !ok {
		n = len(l.shapes)
		text := string(l.text[p.text:])
		l.known[text] = n
		l.shapes = append(l.shapes, parseShape(text, len(l.kinds)))
		l.kinds = append(l.kinds, l.open[p.open:]...)
	}
	for _, at := range l.own[p.own:] {
		l.values[at].column += l.shapes[n].first
	}
	l.text, l.open, l.own = l.text[:p.text], l.open[:p.open], l.own[:p.own]
	return n
}

// put adds a value to a column of the shape.
func (l *lexed) put(column int, number int64) (at int) {
	at = len(l.values)
	l.own = append(l.own, at)
	l.values = append(l.values, value{column: column, number: number})
	return at
}

// fill leaves a hole for a text.
func (l *lexed) fill(p piece, text []byte) {
	l.text, l.open = append(l.text, textHole), append(l.open, textHole)
	l.put(len(l.open)-1-p.open, l.intern(text))
}

// intern returns the place of a text among those that differ.
func (l *lexed) intern(text []byte) int64 {
	n, ok := l.textAt[string(text)]
	if !ok {
		n = len(l.texts)
		l.textAt[string(text)] = n
		l.texts = append(l.texts, text)
	}
	return int64(n)
}

// element is a text in an array.
type element struct {
	column int
	text   int64
}

// dropRepeated drops the values of elements that stood in the same array before, where
// most of its elements did. Where few do, their values may follow from others'.
func (l *lexed) dropRepeated() {
	worth := l.repeating()
	known := map[element]int64{}
	count := make([]int64, len(l.kinds))
	kept := l.values[:0]
	for i := 0; i < len(l.values); {
		v := l.values[i]
		i++
		if v.until > 0 {
			e := element{v.column, v.number}
			v.number = 0
			if known[e] > 0 && worth[v.column] {
				v.number, i = known[e], v.until
			} else if known[e] == 0 {
				count[v.column]++
				known[e] = count[v.column]
			}
		}
		kept = append(kept, v)
	}
	l.values = kept
}

// repeating finds the arrays in which few elements differ.
func (l *lexed) repeating() []bool {
	known := map[element]bool{}
	all, differ := make([]int, len(l.kinds)), make([]int, len(l.kinds))
	for _, v := range l.values {
		if v.until == 0 {
			continue
		}
		all[v.column]++
		if e := (element{v.column, v.number}); !known[e] {
			known[e] = true
			differ[v.column]++
		}
	}
	worth := make([]bool, len(l.kinds))
	for i := range worth {
		worth[i] = differ[i] <= all[i]/repeatsPerElement
	}
	return worth
}

// enter finds which values of a column differ.
func (l *lexed) enter() {
	type entry struct {
		column int
		number int64
	}
	known := make(map[entry]int, len(l.values))
	count := make([]int, len(l.kinds))
	for i := range l.values {
		v := &l.values[i]
		e := entry{v.column, v.number}
		if v.entry = known[e]; v.entry == 0 {
			count[v.column]++
			v.entry, v.fresh = count[v.column], true
			known[e] = v.entry
		}
	}
}

// next takes one character, where it is that.
func (l *lexed) next(c byte) bool {
	if len(l.rest) == 0 || l.rest[0] != c {
		return false
	}
	l.rest = l.rest[1:]
	return true
}

// copy is next, and keeps the character.
func (l *lexed) copy(c byte) bool {
	if !l.next(c) {
		return false
	}
	l.text = append(l.text, c)
	return true
}

func (l *lexed) value(p piece, depth int) bool {
	if len(l.rest) == 0 {
		return false
	}
	switch c := l.rest[0]; {
	case c == '{':
		return l.object(p, depth)
	case c == '[':
		return l.array(p, depth)
	case c == '"':
		text, ok := l.quoted()
		if ok {
			l.text = append(l.text, '"')
			l.fill(p, text)
			l.text = append(l.text, '"')
		}
		return ok
	case c == '-' || c >= '0' && c <= '9':
		l.number(p)
		return true
	}
	return l.word()
}

func (l *lexed) object(p piece, depth int) bool {
	if depth++; depth > maxDepth {
		return false
	}
	l.copy('{')
	for first := true; !l.copy('}'); first = false {
		if !first && !l.copy(',') {
			return false
		}
		key, ok := l.quoted()
		if !ok || bytes.ContainsAny(key, holes) {
			return false
		}
		l.text = append(append(append(l.text, '"'), key...), '"')
		if !l.copy(':') || !l.value(p, depth) {
			return false
		}
	}
	return true
}

func (l *lexed) array(p piece, depth int) bool {
	l.next('[')
	l.text, l.open = append(l.text, '[', arrayHole, ']'), append(l.open, numberHole, numberHole, numberHole)
	column := len(l.open) - arrayColumns - p.open
	count := l.put(column, 0)
	for !l.next(']') {
		if l.values[count].number > 0 && !l.next(',') {
			return false
		}
		which, at, from := l.put(column+1, 0), l.put(column+2, 0), l.rest
		shape, ok := l.element(depth + 1)
		if !ok {
			return false
		}
		l.values[which].number = l.intern(from[:len(from)-len(l.rest)])
		l.values[which].until = len(l.values)
		l.values[at].number = int64(shape)
		l.values[count].number++
	}
	return true
}

// quoted takes what stands between quotes, as it is escaped.
func (l *lexed) quoted() (text []byte, ok bool) {
	if len(l.rest) == 0 || l.rest[0] != '"' {
		return nil, false
	}
	for i := 1; i < len(l.rest); i++ {
		switch l.rest[i] {
		case '\\':
			i++
		case '"':
			text, l.rest = l.rest[1:i], l.rest[i+1:]
			return text, true
		}
	}
	return nil, false
}

// number takes a number; one that is not written as we write whole numbers is text.
func (l *lexed) number(p piece) {
	n := 1
	for n < len(l.rest) && strings.IndexByte("0123456789+-.eE", l.rest[n]) >= 0 {
		n++
	}
	text := l.rest[:n]
	l.rest = l.rest[n:]
	number, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || strconv.FormatInt(number, 10) != string(text) {
		l.fill(p, text)
		return
	}
	l.text, l.open = append(l.text, numberHole), append(l.open, numberHole)
	l.put(len(l.open)-1-p.open, number)
}

// word takes true, false or null.
func (l *lexed) word() bool {
	for _, word := range []string{"true", "false", "null"} {
		if rest, ok := bytes.CutPrefix(l.rest, []byte(word)); ok {
			l.rest, l.text = rest, append(l.text, word...)
			return true
		}
	}
	return false
}
