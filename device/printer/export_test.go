package printer

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

// Hears has a printer that was just opened say something, a byte at a time, and
// prints afterwards, however it says it is. It fails for what no printer can be in.
func (p *Printer) Hears(said []byte) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := session{Printer: p, ctx: ctx}
	s.Online()
	p.ask(time.Now())
	for i := range said {
		s.Receive(said[i : i+1])
		if len(p.replies.block) > maxStar {
			return errors.New("more is kept of an answer than there can be")
		}
	}
	p.inquiry.status = device.PrinterStatus{}
	return p.Print([]byte("A"), []byte("B"))
}
