package columns

// heads reads shapes and columns up to their values.
func (r *reader) heads() error {
	var shapes []shape
	count, err := r.plain.uvarint()
	if err != nil {
		return err
	}
	if count > maxShapes {
		return ErrTooLarge
	}
	if err := r.columns(arrayColumns); err != nil {
		return err
	}
	for range count {
		text, err := r.plain.text()
		if err != nil {
			return err
		}
		s := parseShape(string(text), len(r.reads))
		if s.columns() > maxHoles-len(r.reads) {
			return ErrTooLarge
		}
		shapes = append(shapes, s)
		if err := r.columns(s.columns()); err != nil {
			return err
		}
	}
	if err := r.checkBases(); err != nil {
		return err
	}
	for _, s := range shapes {
		r.shapes = append(r.shapes, r.parts(s))
	}
	return r.data()
}

// part is what a shape is written of: text, and behind it a value, if any.
type part struct {
	literal []byte
	hole    byte // 0 where there is none
	column  int
}

// parts puts a shape together with the values that are always the same.
func (r *reader) parts(s shape) (parts []part) {
	var p part
	column := s.first
	for i, literal := range s.literals {
		p.literal = append(p.literal, literal...)
		if i == len(s.holes) {
			break
		}
		c := &r.reads[column]
		if p.hole, p.column = s.holes[i], column; p.hole == arrayHole {
			column += arrayColumns - 1
		}
		column++
		if p.hole != arrayHole && c.constant() {
			p.literal = c.appendOnly(p.literal)
			continue
		}
		parts, p = append(parts, p), part{}
	}
	p.hole = 0
	return append(parts, p)
}

func (r *reader) columns(count int) error {
	for range count {
		c, err := r.head(len(r.reads))
		if err != nil {
			return err
		}
		r.reads = append(r.reads, readColumn{column: c})
	}
	return nil
}

// head reads what stands of a column before its values.
func (r *reader) head(place int) (c column, err error) {
	first, err := r.plain.take(1)
	if err != nil {
		return c, err
	}
	if c.form = form(first[0]); !c.form.valid() {
		return c, errDamaged
	}
	if c.form.isPrefixed() {
		if c.prefix, err = r.plain.text(); err != nil {
			return c, err
		}
	}
	if c.form.hasWidth() {
		width, err := r.plain.take(1)
		if err != nil {
			return c, err
		}
		c.width = int(width[0])
	}
	if !c.sized() {
		return c, errDamaged
	}
	if c.form.isBased() {
		back, err := r.plain.varint()
		if err != nil {
			return c, err
		}
		c.base = place - int(back)
	}
	if c.form&same != 0 {
		c.text, c.only, err = r.whole(nil, &r.plain, &c, 0)
	}
	return c, err
}

// valid reports whether a writer may say so.
func (f form) valid() bool {
	switch {
	case f == empty:
		return true
	case f.bare() == empty || f.bare() >= forms:
		return false
	case f&plain != 0:
		return f == f.bare()|plain && f.isNumber()
	case f.isBased():
		return f == verbatim|same|based || f.isNumber() && f&indexed == 0
	}
	return f&same == 0 || f&indexed == 0
}

func (c *column) sized() bool {
	switch c.form.bare() {
	case numeral:
		return c.width >= 1 && c.width <= maxDigits
	case uuidN:
		return c.width <= 15
	}
	return true
}

func (r *reader) checkBases() error {
	for _, c := range r.reads {
		if !c.form.isBased() {
			continue
		}
		if c.base < 0 || c.base >= len(r.reads) || r.reads[c.base].form.isNumber() != c.form.isNumber() {
			return errDamaged
		}
	}
	return nil
}

// data gives each column its part of what follows.
func (r *reader) data() error {
	sizes := make([]uint64, len(r.reads))
	for i := range r.reads {
		if !r.reads[i].tells() {
			continue
		}
		var err error
		if sizes[i], err = r.plain.uvarint(); err != nil {
			return err
		}
	}
	for i, size := range sizes {
		part, err := r.plain.take(size)
		if err != nil {
			return err
		}
		r.reads[i].data = cursor{bytes: part}
	}
	if r.plain.left() > 0 {
		return errDamaged
	}
	return nil
}
