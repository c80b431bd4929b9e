package wire

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// patience is for how long a body is waited for while others want the place that it
// takes.
const patience = 500 * time.Millisecond

// ReadBody reads a request as it came, within MaxRequest; its errors are refusals. One
// that does not come whole in a while gives way once wanted says that another waits for
// its place: a few that send a byte now and then would keep out all others. One that gave
// way, or took all the time that the server has for it, is too large for the line that it
// comes by: half of it may come in time.
func ReadBody(w http.ResponseWriter, r *http.Request, wanted func() bool) ([]byte, error) {
	read := giveWay(w, wanted)
	packed, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxRequest))
	var tooLarge *http.MaxBytesError
	switch gave := read(); {
	case gave, errors.As(err, &tooLarge), errors.Is(err, os.ErrDeadlineExceeded):
		return nil, Refuse(CodeTooLarge, "")
	case err != nil:
		return nil, Refuse(CodeInvalid, "the body did not come whole")
	}
	return packed, nil
}

// giveWay ends the reading of a body after a while, as soon as its place is wanted. Once
// read says that it was read it does nothing more; read reports whether it did.
func giveWay(w http.ResponseWriter, wanted func() bool) (read func() (gave bool)) {
	var mu sync.Mutex
	var over, gave bool
	var watch *time.Timer
	mu.Lock()
	defer mu.Unlock()
	watch = time.AfterFunc(patience, func() {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case over:
		case !wanted():
			watch.Reset(patience / 10)
		default:
			gave = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) == nil
		}
	})
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		over = true
		watch.Stop()
		return gave
	}
}
