package sync

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
)

// InProcess is a Transport to a headquarters in this process: the same
// messages, without port and TLS.
type InProcess struct{ Handler http.Handler }

// Do implements Transport. What the handler panics with is an error here, as a
// server in between would have made one of it: the till goes on.
func (p InProcess) Do(ctx context.Context, request Request) (answer Answer, err error) {
	r, err := http.NewRequestWithContext(ctx, request.Method, request.Target, bytes.NewReader(request.Body))
	if err != nil {
		return Answer{}, err
	}
	r.Header = request.Header.Clone()
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("headquarters panicked: %v", panicked)
		}
	}()
	w := &written{header: http.Header{}, status: http.StatusOK}
	p.Handler.ServeHTTP(w, r)
	if err := ctx.Err(); err != nil {
		return Answer{}, err // nobody waits any more, as with a connection that is gone
	}
	return Answer{w.status, w.header, w.body.Bytes()}, nil
}

// written is an answer as the handler writes it.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header { return w.header }

func (w *written) WriteHeader(status int) { w.status = status }

func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }
