package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
)

// manager is who may look at the tills' pages: the demo's operator.
const (
	managerID  = "9"
	managerPIN = "2486"
)

const playHelp = `
The tills are open. Play with them in a browser on this machine:

    http://%s

Ctrl-C ends; the folders stay.
`

// play serves the virtual checkout until the context ends.
func play(ctx context.Context, s *stage.Stage, o Options) error {
	if err := errors.Join(Employ(ctx, s), played{}.write(s.Dir)); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	virtual := NewVirtual(ctx, s)
	server := &http.Server{Handler: virtual, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	fmt.Fprintf(o.Out, playHelp, listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	virtual.Wait()
	return leave(ctx, s)
}

// Employ takes a manager in at each till, who signs on at its pages.
func Employ(ctx context.Context, s *stage.Stage) error {
	for _, lane := range s.Lanes {
		var staff struct{}
		err := s.AskWith(ctx, managerPIN+"\n", &staff, lane.Name,
			"operator", "add", managerID, "--name", "Zeynep", "--role", "manager", "--pin-stdin")
		if err != nil {
			return err
		}
	}
	return nil
}
