package printer

import (
	"fmt"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

const (
	// mostForeign is how many jobs of other programs wait at once, and foreignAhead
	// how much of them, as the line carries it: a receipt of ours that comes then
	// finds room behind them, and soon.
	mostForeign  = 4
	foreignAhead = 10 * time.Second
)

// PrintForeign is described at device.POSPrinter.
func (p *Printer) PrintForeign(job []byte) error {
	p.mu.Lock()
	now := time.Now()
	p.foreign = slices.DeleteFunc(p.foreign, func(end time.Time) bool { return !end.After(now) })
	full := len(p.foreign) >= mostForeign || p.free.Sub(now) > foreignAhead
	p.mu.Unlock()
	if full {
		return fmt.Errorf("printer %q: %w", p.name, device.ErrFull)
	}
	if err := p.Print(job, nil); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.foreign = append(p.foreign, p.free)
	p.fresh = true // whatever it set is taken back before the next job
	return nil
}
