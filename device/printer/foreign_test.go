package printer_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/printer"
)

// line is a port that takes 32 pieces, and carries them as slowly as is said.
type line struct {
	taken chan string
	each  time.Duration
}

func (l line) Run(ctx context.Context, h device.Handler) error {
	h.Online()
	<-ctx.Done()
	return nil
}

func (l line) Write(p []byte) error {
	select {
	case l.taken <- string(p):
		return nil
	default:
		return device.ErrFull
	}
}

func (l line) WireTime(int) time.Duration { return l.each }

// Of another program's jobs a few wait at once; the next is refused, and a receipt
// of ours finds room behind them, and the printer as if they had never been.
func TestForeignJobsLeaveRoom(t *testing.T) {
	for each, most := range map[time.Duration]int{time.Hour / 3600: 4, time.Minute: 1} {
		port := line{make(chan string, 32), each}
		p := printer.New("front", port, make(chan device.Event, 4))
		for i := range most {
			if err := p.PrintForeign([]byte("POS")); err != nil {
				t.Fatalf("job %d: %v", i, err)
			}
		}
		if err := p.PrintForeign([]byte("POS")); !errors.Is(err, device.ErrFull) || !strings.Contains(err.Error(), `"front"`) {
			t.Errorf("one more than may wait: %v", err)
		}
		if err := p.Print([]byte("OURS"), nil); err != nil {
			t.Errorf("a receipt: %v", err)
		}
		for range most {
			<-port.taken
		}
		if got := <-port.taken; got != "\x1b@OURS" {
			t.Errorf("behind them came %q", got)
		}
	}
}
