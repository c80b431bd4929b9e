// Package desk is how commands ask a running daemon. What is asked and answered
// is known to who answers it.
package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

// A Desk is how commands ask a running daemon: HTTP on a unix socket in its
// data folder, which only its own user can open. What a till answers stands
// under /till/, what headquarters answers under /hq/; a daemon serves what it
// has.
type Desk struct {
	listener net.Listener
	mux      *http.ServeMux
}

// Routes are what a daemon answers: "METHOD /till/…" or "METHOD /hq/…" to
// what gives the answer. An error reaches the asker with its hint and exit
// code, as if the asker's own command had failed.
type Routes map[string]func(*http.Request) (any, error)

// Path is where the socket of a data folder is.
func Path(dir string) string { return filepath.Join(dir, "desk.sock") }

// maxSocketPath is what the kernel takes as a socket's path: sun_path of
// unix(7) less its end.
const maxSocketPath = 107

// Open opens the desk of a folder that the caller has locked.
func Open(dir string) (*Desk, error) {
	path := Path(dir)
	if len(path) > maxSocketPath {
		return nil, exit.Fail(exit.Config, "choose a folder with a shorter name",
			fmt.Errorf("data folder %q is %d letters too long for a socket in it", dir, len(path)-maxSocketPath))
	}
	// The folder is locked: a socket that stands here is a dead daemon's.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open desk: %w", err)
	}
	return &Desk{listener, http.NewServeMux()}, os.Chmod(path, 0o600)
}

// Offer adds routes; only before serve.
func (d *Desk) Offer(routes Routes) {
	for pattern, answer := range routes {
		d.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			value, err := answer(r)
			reply(w, value, err)
		})
	}
}

// Serve answers until the context ends.
func (d *Desk) Serve(ctx context.Context) error {
	server := &http.Server{
		Handler: d.mux, ReadHeaderTimeout: 5 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(d.listener); ctx.Err() == nil {
		return fmt.Errorf("serve desk: %w", err)
	}
	return nil
}

// Close ends a desk that was not served. It may be called twice.
func (d *Desk) Close() { _ = d.listener.Close() } // closed already after serve

// refusal is an error on its way to the asker.
type refusal struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
	Exit  int    `json:"exit"`
}

func reply(w http.ResponseWriter, value any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		value = refusal{Error: err.Error(), Hint: exit.Hint(err), Exit: exit.Code(err)}
		w.WriteHeader(http.StatusBadRequest)
	}
	_ = json.NewEncoder(w).Encode(value) // the caller is gone; there is nobody to tell
}

// maxAsked bounds what is asked, in bytes: a program is the largest of it.
const maxAsked = 1 << 20

// Read decodes what a command sent along.
func Read(r *http.Request, into any) error {
	if err := json.NewDecoder(io.LimitReader(r.Body, maxAsked)).Decode(into); err != nil {
		return exit.Fail(exit.Usage, "", fmt.Errorf("read what was asked: %w", err))
	}
	return nil
}

// ErrNoDaemon says that nobody answers at a folder's desk.
var ErrNoDaemon = errors.New("no daemon runs")

// Ask asks the daemon that runs on a data folder. Where none runs the
// error is ErrNoDaemon.
func Ask(ctx context.Context, dir, method, path string, message, into any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	return send(ctx, dir, method, path, bytes.NewReader(body), into)
}

// AskWith asks as Ask does, with a file behind the message.
func AskWith(ctx context.Context, dir, path string, message any, file io.Reader, into any) error {
	head, err := json.Marshal(message)
	if err != nil {
		return err
	}
	return send(ctx, dir, http.MethodPost, path, io.MultiReader(bytes.NewReader(append(head, '\n')), file), into)
}

func send(ctx context.Context, dir, method, path string, body io.Reader, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://desk"+path, body)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", Path(dir))
		},
		DisableKeepAlives: true,
	}}
	answer, err := client.Do(request)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx) // who asks went away: nothing is wrong with the daemon
	}
	if errors.Is(err, fs.ErrPermission) {
		return exit.Fail(exit.Permission, "ask as the user the daemon runs as", fmt.Errorf("ask the daemon of %s: %w", dir, err))
	}
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "dial" {
		return exit.Fail(exit.Unavailable, StartHint(path), fmt.Errorf("%w on %s", ErrNoDaemon, dir))
	}
	if err != nil {
		return exit.Fail(exit.Unavailable, "ask again, or look at its log", fmt.Errorf("ask the daemon of %s: %w", dir, err))
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return exit.Fail(exit.Unavailable, "name the right folder with --data", notHere(dir, path))
	}
	return readAnswer(answer, into)
}

func readAnswer(answer *http.Response, into any) error {
	decode := json.NewDecoder(answer.Body).Decode
	if answer.StatusCode == http.StatusOK {
		return decode(into)
	}
	var refusal refusal
	if err := decode(&refusal); err != nil {
		return fmt.Errorf("read the daemon's answer: %w", err)
	}
	return exit.Fail(refusal.Exit, refusal.Hint, errors.New(refusal.Error))
}

// StartHint says how to start who answers a path.
func StartHint(path string) string {
	if strings.HasPrefix(path, "/hq/") {
		return "start it with `loyaltyd hq`, or with `loyaltyd run` where the till is its own headquarters; or name its folder with --data"
	}
	return "start it with `loyaltyd run`, or name its folder with --data"
}

// notHere says what the daemon that answered does not have.
func notHere(dir, path string) error {
	if strings.HasPrefix(path, "/hq/") {
		return fmt.Errorf("the daemon that runs on %s has no headquarters: ask the one that it was enrolled at", dir)
	}
	return fmt.Errorf("the daemon that runs on %s is no till, or of another release: it does not know %s", dir, path)
}
