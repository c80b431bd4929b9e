package columns

import "math/bits"

// maxBases bounds how many columns another one may follow from are looked at.
const maxBases = 64

// choose finds for each column the form that takes least, by how many bits numbers
// have. Numerals become their numbers.
func (l *lexed) choose() []column {
	all := make([]seen, len(l.kinds))
	for _, v := range l.values {
		s := &all[v.column]
		if s.count++; v.fresh {
			s.distinct = append(s.distinct, v.number)
		}
	}
	columns := make([]column, len(l.kinds))
	for i, s := range all {
		columns[i] = l.form(l.kinds[i], s)
	}
	l.findEchoes(columns)
	for i, v := range l.values {
		if c := &columns[v.column]; c.form.isNumeral() {
			l.values[i].number = c.digits(l.texts[v.number])
		}
	}
	l.chooseBases(columns)
	return columns
}

// seen is what fills a column: what differs, in order, and how many there are of all.
type seen struct {
	distinct []int64
	count    int
}

// form is that of a column by itself.
func (l *lexed) form(kind byte, s seen) column {
	var c column
	switch {
	case s.count == 0:
		return c
	case kind == numberHole:
		c.form = number
	default:
		texts := make([][]byte, len(s.distinct))
		for i, n := range s.distinct {
			texts[i] = l.texts[n]
		}
		c = textForm(texts)
	}
	switch {
	case len(s.distinct) == 1:
		c.form, c.only = c.form|same, s.distinct[0]
	case !c.form.isNumber() && s.count-len(s.distinct) > s.count/8:
		c.form |= indexed
	}
	return c
}

// follows is what it would take to tell a column in one way.
type follows struct {
	cost int
	diff int64 // the first difference
	same bool  // all are like the first
	any  bool
}

func (f *follows) add(diff int64) {
	f.cost += 1 + lengthOf(diff)
	f.same = !f.any || f.same && diff == f.diff
	if !f.any {
		f.any, f.diff = true, diff
	}
}

// lengthOf is how many bits a number has.
func lengthOf(n int64) int { return bits.Len64(uint64(n<<1) ^ uint64(n>>63)) }

// chooseBases finds how numbers are told: after the one before, as one of those
// before, or by what another column has.
func (l *lexed) chooseBases(columns []column) {
	place := make([]int, len(columns)) // among the numbers, from 1
	var numbers []int
	for i, c := range columns {
		if c.form.isNumber() && c.form&same == 0 {
			numbers = append(numbers, i)
			place[i] = len(numbers)
		}
	}
	bases := numbers[:min(len(numbers), maxBases)]
	costs := make([]numberCosts, len(numbers))
	for i := range costs {
		costs[i].bases = make([]follows, len(bases))
	}
	last := make([]int64, len(columns))
	for _, v := range l.values {
		if i := place[v.column]; i > 0 {
			costs[i-1].add(v, bases, last)
			last[v.column] = v.number
		}
	}
	for i, n := range numbers {
		costs[i].choose(&columns[n], n, bases)
	}
}

// numberCosts are of one column.
type numberCosts struct {
	alone   follows
	plain   int
	indexed int
	entered int
	told    int64 // the last that was told, where it is indexed
	bases   []follows
}

func (c *numberCosts) add(v value, bases []int, last []int64) {
	c.alone.add(v.number - last[v.column])
	c.plain += 1 + lengthOf(v.number)
	c.indexed += bits.Len(uint(c.entered))
	if v.fresh {
		c.entered++
		c.indexed += 1 + lengthOf(v.number-c.told)
		c.told = v.number
	}
	for i, base := range bases {
		c.bases[i].add(v.number - last[base])
	}
}

func (c *numberCosts) choose(to *column, column int, bases []int) {
	least, how, bare := c.alone.cost, form(0), to.form
	if c.plain < least {
		least, how = c.plain, plain
	}
	if c.indexed < least {
		least, how = c.indexed, indexed
	}
	for i, f := range c.bases {
		if bases[i] == column || f.cost >= least {
			continue
		}
		least, how, to.base = f.cost, based, bases[i]
		if f.same {
			least, how, to.only = 0, based|same, f.diff
		}
	}
	to.form = bare | how
}
