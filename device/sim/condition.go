package sim

// Paper is how much paper a printer has.
type Paper int

// The states of the paper sensors.
const (
	PaperLoaded Paper = iota
	PaperNearEnd
	PaperOut
)

// condition is what a printer's sensors and switches say.
type condition struct {
	paper   Paper
	open    bool
	offline bool
	silent  bool
}

// SetPaper loads paper or takes it out.
func (p *Printer) SetPaper(left Paper) { p.set(func(c *condition) { c.paper = left }) }

// SetCover opens or closes the cover.
func (p *Printer) SetCover(open bool) { p.set(func(c *condition) { c.open = open }) }

// SetOffline has the printer go offline for no reason that it tells.
func (p *Printer) SetOffline(offline bool) { p.set(func(c *condition) { c.offline = offline }) }

// SetSilent keeps the printer from answering, as one without a line back.
func (p *Printer) SetSilent(silent bool) { p.set(func(c *condition) { c.silent = silent }) }

// set changes the condition. What was held up is printed once it can be.
func (p *Printer) set(change func(*condition)) {
	p.record.mu.Lock()
	defer p.record.mu.Unlock()
	p.act(func() {
		change(&p.paper.condition)
		p.paper.resume()
	})
}

// prints reports whether the printer can print.
func (c condition) prints() bool { return c.paper != PaperOut && !c.open && !c.offline }

// answer answers DLE EOT n in the bits of Epson's manual; 12 is always set.
func (p *paper) answer(n byte) {
	if p.silent {
		return
	}
	status := byte(0x12)
	set := func(bits byte, when bool) {
		if when {
			status |= bits
		}
	}
	switch n {
	case 1:
		set(0x08, !p.prints())
	case 2:
		set(0x04, p.open)
		set(0x20, p.condition.paper == PaperOut)
	case 3: // no error is ever simulated
	case 4:
		set(0x0c, p.condition.paper != PaperLoaded)
		set(0x60, p.condition.paper == PaperOut)
	default:
		return
	}
	p.answers = append(p.answers, status)
}
