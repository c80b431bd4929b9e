package serialport

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"
)

// writer owns the sending half of one line. It keeps to one system thread, so
// that release can reach it inside a write.
type writer struct {
	line    *line
	timeout time.Duration
	lose    context.CancelCauseFunc // ends the session
	sent    func()                  // after each whole piece
	thread  atomic.Int64            // 0 before run
}

// run writes the pieces of queue, chunk by chunk, until ctx ends or the line is
// lost. It tells errStuck through lose: it may itself be what is stuck.
func (w *writer) run(ctx context.Context, queue <-chan []byte) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	w.thread.Store(currentThread())

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
		n := min(len(piece), chunk)
		watch.Reset(w.timeout)
		err := w.line.Write(piece[:n])
		watch.Stop()
		if err != nil {
			return err
		}
		piece = piece[n:]
	}
	w.sent()
	return nil
}

// release frees a write that stands still: what the system holds is thrown
// away, which makes room for a whole chunk, and a signal makes a sleeping write
// look again, for a pseudo-terminal does not wake it. Where neither helps the
// line stays busy, and its Close tells so; hence no error here.
func (w *writer) release() {
	_ = w.line.Discard()
	interrupt(w.thread.Load())
}
