package device

import (
	"context"
	"time"
)

// writer is the sending half of one session.
type writer struct {
	link    Link
	timeout time.Duration
	chunk   int
	lose    context.CancelCauseFunc // ends the session
	sent    func()                  // after each whole piece
}

// run writes the pieces of queue, chunk by chunk, until ctx ends or the link is
// lost. It tells errStuck through lose: it may itself be what is stuck.
func (w *writer) run(ctx context.Context, queue <-chan []byte) error {
	watch := time.AfterFunc(w.timeout, func() { w.lose(errStuck) })
	watch.Stop()
	defer watch.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case piece := <-queue:
			if err := w.write(ctx, piece, watch); err != nil {
				return err
			}
		}
	}
}

func (w *writer) write(ctx context.Context, piece []byte, watch *time.Timer) error {
	for len(piece) > 0 {
		if ctx.Err() != nil {
			return nil
		}
		n := min(len(piece), w.chunk)
		watch.Reset(w.timeout)
		err := w.link.Write(piece[:n])
		watch.Stop()
		if err != nil {
			return err
		}
		piece = piece[n:]
	}
	w.sent()
	return nil
}
