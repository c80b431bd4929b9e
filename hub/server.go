package hub

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/internal/connections"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

const (
	// maxRequests are worked on at once, maxWaiters wait for news or headquarters.
	maxRequests = 32
	maxWaiters  = 1024
	// maxConnections are open: those of a lane, and as many more.
	maxConnections = 2 * maxWaiters
	// busyWait is when one told to come again should.
	busyWait = time.Second
	// packAbove is from how many bytes on an answer is worth packing.
	packAbove = 512
	// shutdownWait bounds how long requests under way may still take.
	shutdownWait = 3 * time.Second
)

// Serve answers lanes on a listener until the context ends. Its error is why it
// ended, nil for the context.
func (h *Hub) Serve(ctx context.Context, listener net.Listener) error {
	config, err := wire.SelfMade(h.opts.Key, "loyaltyd hub")
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	server := &http.Server{
		Handler: h.Handler(), TLSConfig: config,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      wire.MaxWait + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // nobody can act on who hangs up
	}
	connections.AtMost(maxConnections, server)
	g.Go(func() error {
		if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWait)
		defer cancel()
		if err := server.Shutdown(ending); err != nil {
			return server.Close()
		}
		return nil
	})
	return g.Wait()
}

// Handler answers lanes.
func (h *Hub) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST "+wire.HubHelloPath, bounded(h.admits, h.signed(h.serveHello)))
	mux.Handle("POST "+wire.HubBatchPath, bounded(h.admits, h.signed(h.serveBatch)))
	mux.Handle("POST "+wire.HubRightsPath, bounded(h.admits, h.signed(h.serveRights)))
	mux.Handle("POST "+wire.HubIntroductionsPath, bounded(h.admits, h.signed(h.serveIntroductions)))
	mux.Handle("GET "+wire.HubNewsPath, bounded(h.waiters, h.signed(h.serveNews)))
	mux.Handle("/v1/sync/", bounded(h.waiters, h.passOn))
	mux.Handle("GET "+wire.KeysPath, bounded(h.waiters, h.tellKeys))
	return mux
}

// bounded admits as many requests at once as slots has room for. For who does not get in
// the hub is as good as alone: what is for headquarters its lane brings there itself.
func bounded(slots chan struct{}, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
			next(w, r)
		default:
			wire.SayAlone(w.Header())
			w.Header().Set("Retry-After", strconv.Itoa(int(busyWait.Seconds())))
			http.Error(w, "", http.StatusServiceUnavailable)
		}
	})
}

// full reports whether slots have no room for one more.
func full(slots chan struct{}) func() bool {
	return func() bool { return len(slots) == cap(slots) }
}

// asked is a request whose signature was checked.
type asked struct {
	context.Context
	from    ledger.TerminalID
	message []byte // unpacked
	query   url.Values
}

// signed reads and authenticates a lane's request, and signs what handle answers.
func (h *Hub) signed(handle func(asked) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		packed, err := wire.ReadBody(w, r, full(h.admits))
		if err != nil {
			h.answer(w, r, "", nil, err)
			return
		}
		caller, err := wire.Authenticate(r, packed, h.opts.Chain, h.opts.Now(), h.keyOf(r.Context()))
		if err != nil {
			h.answer(w, r, caller.Nonce, nil, h.unauthorized(caller, err))
			return
		}
		message, err := wire.Unpack(r.Header.Get("Content-Encoding"), packed)
		if err != nil {
			h.answer(w, r, caller.Nonce, nil, invalid(err))
			return
		}
		value, err := handle(asked{r.Context(), caller.Terminal, message, r.URL.Query()})
		h.answer(w, r, caller.Nonce, value, err)
	}
}

// unauthorized tells a lane whose clock is off the hub's time; that it confirms
// nobody's clock is the lane's to know.
func (h *Hub) unauthorized(caller wire.Caller, err error) error {
	switch {
	case errors.Is(err, sqlitedb.ErrStorage):
		return err
	case errors.Is(err, wire.ErrClock):
		refusal := wire.Refuse(wire.CodeClock, "")
		refusal.AtMillis = h.opts.Now().UnixMilli()
		return refusal
	case errors.Is(err, errUnknownLane):
		h.opts.Notify("asked by a terminal that is not of the store", caller.Terminal, err)
		return wire.Refuse(wire.CodeUnauthorized, errUnknownLane.Error())
	}
	return wire.Refuse(wire.CodeUnauthorized, "")
}

// answer writes a value, or the refusal that an error is, signed over the request's
// nonce.
func (h *Hub) answer(w http.ResponseWriter, r *http.Request, nonce string, value any, err error) {
	status := http.StatusOK
	if err != nil {
		refusal := h.refusal(err)
		status, value = refusal.Status, refusal
		if refusal.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(refusal.RetryAfter.Seconds())))
		}
	}
	message, err := json.Marshal(value)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	wire.CountersignHub(w.Header(), h.opts.Key, nonce, status, message)
	if len(message) > packAbove && strings.Contains(r.Header.Get("Accept-Encoding"), wire.Zstd) {
		message = wire.Pack(message)
		w.Header().Set("Content-Encoding", wire.Zstd)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(message) // who does not read the answer asks again
}

func (h *Hub) refusal(err error) *wire.Refusal {
	var refusal *wire.Refusal
	if errors.As(err, &refusal) {
		return refusal
	}
	if !errors.Is(err, context.Canceled) {
		h.opts.Notify("request failed", ledger.TerminalID{}, err)
	}
	refusal = wire.Refuse(wire.CodeBusy, "")
	refusal.RetryAfter = busyWait
	return refusal
}

func invalid(err error) error {
	var refusal *wire.Refusal
	if errors.As(err, &refusal) {
		return err
	}
	return wire.Refuse(wire.CodeInvalid, err.Error())
}
