package hq

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/connections"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

const (
	// maxRequests are worked on at once; of those who come then as many as maxQueued
	// wait for room, as long as roomWait, and others are told to come again, before
	// anything of the body is read. A commit that took long delays a batch by itself
	// then, not by busyWait.
	maxRequests = 32
	maxQueued   = 1024
	roomWait    = time.Second
	// maxWaiters bounds open requests for a feed, maxConnections what they and all
	// others come by.
	maxWaiters     = 4096
	maxConnections = 2 * maxWaiters
	// busyWait is when one told to come again should.
	busyWait = 2 * time.Second
	// lockWait bounds how long a request waits for rows that another process has locked,
	// on PostgreSQL: as long as one waits for room. Commits take milliseconds, so whoever
	// has a row for longer hangs, and the server ends it after a minute at the earliest.
	lockWait = roomWait
)

// server has the limits that keep slow and greedy clients from the others.
func (h *Headquarters) server(ctx context.Context) *http.Server {
	server := &http.Server{
		Handler:           h.Handler(),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      wire.MaxWait + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          quiet(),
	}
	connections.AtMost(maxConnections, server)
	return server
}

// Handler answers the paths of package wire.
func (h *Headquarters) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST "+wire.EnrollPath, h.bounded(h.admits, h.serveEnroll))
	mux.Handle("POST "+wire.HelloPath, h.bounded(h.admits, takesMore(h.signed(h.serveHello))))
	mux.Handle("POST "+wire.BatchPath, h.bounded(h.admits, h.signed(h.serveBatch)))
	mux.Handle("POST "+wire.RightsPath, h.bounded(h.admits, h.signed(h.serveRights)))
	mux.Handle("POST "+wire.LookupPath, h.bounded(h.admits, h.signed(h.serveLookup)))
	mux.Handle("POST "+wire.HandBackPath, h.bounded(h.admits, h.signed(h.serveHandBack)))
	mux.Handle("POST "+wire.PublicationPath, h.bounded(h.admits, h.signed(h.servePublication)))
	mux.Handle("POST "+wire.ListingPath, h.bounded(h.admits, h.signed(h.serveListing)))
	mux.Handle("GET "+wire.KeysPath, h.bounded(h.admits, h.serveKeys))
	mux.Handle("POST "+wire.RelayPath, h.bounded(h.admits, h.signed(h.serveRelay)))
	mux.Handle("GET "+wire.LanesPath, h.bounded(h.admits, h.signed(h.serveLanes)))
	mux.Handle("GET "+wire.FeedPath, h.bounded(h.waiters, h.signed(h.serveFeed)))
	return mux
}

// takesMore tells who says hello how it may write from then on.
func takesMore(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		wire.SayTaken(w.Header())
		next(w, r)
	}
}

// bounded admits as many requests at once as slots has room for, and lets none wait for
// a lock longer than lockWait: it has a place and a connection meanwhile.
func (h *Headquarters) bounded(slots chan struct{}, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h.enters(r.Context(), slots) {
			h.answer(w, r, "", nil, busy())
			return
		}
		defer func() { <-slots }()
		next(w, r.WithContext(postgres.WaitAtMost(r.Context(), lockWait)))
	})
}

// enters takes a slot once there is one, and reports whether it did: not where too
// many wait for one, or it took too long.
func (h *Headquarters) enters(ctx context.Context, slots chan struct{}) bool {
	select {
	case slots <- struct{}{}:
		return true
	default:
	}
	select {
	case h.queued <- struct{}{}:
		defer func() { <-h.queued }()
	default:
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, roomWait)
	defer cancel()
	select {
	case slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// isFull reports whether there is no room for one more.
func (h *Headquarters) isFull() bool { return len(h.admits) == cap(h.admits) }

func busy() *wire.Refusal {
	refusal := wire.Refuse(wire.CodeBusy, "")
	refusal.RetryAfter = busyWait
	return refusal
}

// asked is a request whose signature was checked.
type asked struct {
	*http.Request
	from    ledger.TerminalID
	key     ed25519.PublicKey // its
	message []byte            // unpacked
}

// signed reads and authenticates a request, and countersigns what handle
// answers.
func (h *Headquarters) signed(handle func(asked) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		packed, err := wire.ReadBody(w, r, h.isFull)
		if err != nil {
			h.answer(w, r, "", nil, err)
			return
		}
		var key ed25519.PublicKey
		caller, err := wire.Authenticate(r, packed, h.chain.id, h.now(), func(id ledger.TerminalID) (_ ed25519.PublicKey, err error) {
			key, err = h.keyOf(r.Context(), id)
			return key, err
		})
		if err != nil {
			h.answer(w, r, caller.Nonce, nil, h.unauthorized(caller, err))
			return
		}
		message, err := wire.Unpack(r.Header.Get("Content-Encoding"), packed)
		if err != nil {
			h.answer(w, r, caller.Nonce, nil, invalid(err))
			return
		}
		value, err := handle(asked{r, caller.Terminal, key, message})
		h.answer(w, r, caller.Nonce, value, h.unlessLocked(caller.Terminal, err))
	}
}

// unauthorized says nothing of why, with two exceptions, signed over the caller's
// nonce. A terminal whose clock is off is told the right time; one that is not
// known is told so: where headquarters was put back from a backup that does not
// have it, nothing else would.
func (h *Headquarters) unauthorized(caller wire.Caller, err error) error {
	switch {
	case database.EndsAll(err), errors.Is(err, database.ErrClosed): // it was not looked up
		return err
	case errors.Is(err, wire.ErrUnknown):
		refusal := wire.Refuse(wire.CodeUnknown, "")
		refusal.Terminal = &caller.Terminal
		return refusal
	case errors.Is(err, wire.ErrClock):
		refusal := wire.Refuse(wire.CodeClock, "")
		refusal.AtMillis = h.now().UnixMilli()
		return refusal
	}
	return wire.Refuse(wire.CodeUnauthorized, "")
}

// keyOf returns a terminal's key, or wire.ErrUnknown. An id has one key for ever, so
// that each is looked up once.
func (h *Headquarters) keyOf(ctx context.Context, id ledger.TerminalID) (key ed25519.PublicKey, err error) {
	if known, ok := h.terminalKeys.Load(id); ok {
		return known.(ed25519.PublicKey), nil
	}
	err = h.view(ctx, func(tx *database.Tx) error {
		t, err := records.ReadTerminal(tx, id)
		key = t.Key
		if errors.Is(err, records.ErrNotFound) {
			return wire.ErrUnknown
		}
		return err
	})
	if err == nil {
		h.terminalKeys.Store(id, key)
	}
	return key, err
}

func (h *Headquarters) serveEnroll(w http.ResponseWriter, r *http.Request) {
	packed, err := wire.ReadBody(w, r, h.isFull)
	if err != nil {
		h.answer(w, r, "", nil, err)
		return
	}
	message, err := wire.Unpack(r.Header.Get("Content-Encoding"), packed)
	var said wire.Enrollment
	if err == nil {
		err = ledger.DecodeJSON(message, &said)
	}
	if err != nil {
		h.answer(w, r, "", nil, wire.Refuse(wire.CodeInvalid, "the request cannot be read")) // err may quote the code
		return
	}
	enrolled, err := h.enroll(r.Context(), said)
	h.answer(w, r, enrollNonce(said.Code), enrolled, err)
}

func (h *Headquarters) serveHello(r asked) (any, error) {
	var said wire.Hello
	if err := ledger.DecodeJSON(r.message, &said); err != nil {
		return nil, invalid(err)
	}
	return h.hello(r.Context(), r.from, said)
}

func (h *Headquarters) serveBatch(r asked) (any, error) {
	batch, err := wire.DecodeBatch(r.message, r.key)
	if err != nil {
		return nil, invalid(err)
	}
	answer, err := h.take(r.Context(), r.from, r.message, batch, false)
	return json.RawMessage(answer), err
}

func (h *Headquarters) serveRights(r asked) (any, error) {
	var wanted wire.RightRequest
	if err := ledger.DecodeJSON(r.message, &wanted); err != nil {
		return nil, invalid(err)
	}
	return h.request(r.Context(), r.from, wanted)
}

func (h *Headquarters) serveHandBack(r asked) (any, error) {
	var said wire.HandBack
	if err := ledger.DecodeJSON(r.message, &said); err != nil {
		return nil, invalid(err)
	}
	return h.takeBack(r.Context(), r.from, said)
}

func (h *Headquarters) servePublication(r asked) (any, error) {
	var said wire.Publication
	if err := ledger.DecodeJSON(r.message, &said); err != nil {
		return nil, invalid(err)
	}
	return h.takePublication(r.Context(), r.from, said)
}

func (h *Headquarters) serveListing(r asked) (any, error) {
	var said wire.Listing
	if err := ledger.DecodeJSON(r.message, &said); err != nil {
		return nil, invalid(err)
	}
	return h.takeListing(r.Context(), r.from, said)
}

func (h *Headquarters) serveFeed(r asked) (any, error) {
	query := r.URL.Query()
	after, err := readCursor(query.Get("cursor"))
	if err != nil {
		return nil, invalid(err)
	}
	programs, err := readApart(query.Get(wire.ProgramsParam))
	if err != nil {
		return nil, invalid(err)
	}
	households, err := readApart(query.Get(wire.HouseholdsParam))
	if err != nil {
		return nil, invalid(err)
	}
	pins, err := readApart(query.Get(wire.PINsParam))
	if err != nil {
		return nil, invalid(err)
	}
	days, err := readApart(query.Get(wire.DaysParam))
	if err != nil {
		return nil, invalid(err)
	}
	erasures, err := wire.ReadErasures(query.Get(wire.ErasuresParam))
	if err != nil {
		return nil, invalid(err)
	}
	var wait time.Duration
	if text := query.Get("wait"); text != "" {
		if wait, err = time.ParseDuration(text); err != nil {
			return nil, invalid(fmt.Errorf("wait %q: write it as in 25s", text))
		}
	}
	rows, err := wire.ReadRows(query.Get(wire.RowsParam))
	if err != nil {
		return nil, invalid(err)
	}
	by := reader{after, programs, households, pins, days, query.Get(wire.KeyParam), rows, query.Has(wire.LastParam), query.Has(wire.UntoldParam), erasures}
	p, err := h.await(r.Context(), r.from, by, min(wait, wire.MaxWait))
	p.bySum = query.Has(wire.SumParam)
	if err == nil && !(p.bySum && wire.Takes(r.Header, wire.Zstd)) {
		err = p.unpack()
	}
	return p, err
}

// readApart reads the cursor of kinds that have their own; nil where none came.
func readApart(text string) (*ledger.Cursor, error) {
	if text == "" {
		return nil, nil
	}
	c, err := readCursor(text)
	return &c, err
}

// readCursor reads incarnation.position; nothing is the beginning.
func readCursor(text string) (c ledger.Cursor, err error) {
	if text == "" {
		return c, nil
	}
	n, err := fmt.Sscanf(strings.ReplaceAll(text, ".", " "), "%d %d", &c.Incarnation, &c.Position)
	if err != nil || n != 2 {
		return c, fmt.Errorf("cursor %q: write it as incarnation.position", text)
	}
	return c, nil
}

func invalid(err error) error {
	var refusal *wire.Refusal
	if errors.As(err, &refusal) {
		return err
	}
	return wire.Refuse(wire.CodeInvalid, err.Error())
}
