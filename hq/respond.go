package hq

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"strconv"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// packAbove is from how many bytes on an answer is worth packing.
const packAbove = 512

// answer writes a value, or the refusal that an error is, countersigned over
// the request's nonce; where the asker is not known there is none, and the
// answer says nothing that a signature would have to stand for.
func (h *Headquarters) answer(w http.ResponseWriter, r *http.Request, nonce string, value any, err error) {
	status, kind := http.StatusOK, "application/json"
	if err != nil {
		refusal := h.refusal(err)
		status, kind, value = refusal.Status, "application/problem+json", refusal
		if refusal.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(refusal.RetryAfter.Seconds())))
		}
	}
	message, packed, err := prepared(value)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	if nonce != "" {
		h.countersign(w.Header(), value, nonce, status, message)
	}
	switch {
	case packed != nil && wire.Takes(r.Header, wire.Zstd):
		message = packed
		w.Header().Set("Content-Encoding", wire.Zstd)
	case wire.Takes(r.Header, wire.Columns): // who sent a batch so: ids, hashes and tokens are most of an ack
		message = wire.PackColumns(message)
		w.Header().Set("Content-Encoding", wire.Columns)
	case len(message) > packAbove && wire.Takes(r.Header, wire.Zstd):
		message = wire.Pack(message)
		w.Header().Set("Content-Encoding", wire.Zstd)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(message)))
	if r.Method == http.MethodGet { // no other answer is kept by anybody
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	w.Write(message) // who does not read the answer asks again
}

// countersign signs an answer over its message, or over the hash of a page that many
// are told, where its asker takes that.
func (h *Headquarters) countersign(header http.Header, value any, nonce string, status int, message []byte) {
	if p, ok := value.(page); ok && p.bySum && p.rows > 0 {
		wire.CountersignSum(header, h.keys.Private(), h.keys.ID(), nonce, status, p.sum)
		return
	}
	wire.Countersign(header, h.keys.Private(), h.keys.ID(), nonce, status, message)
}

// prepared encodes a value; what was packed already it gives too, and of a page alone
// where its asker takes that.
func prepared(value any) (message, packed []byte, err error) {
	if p, ok := value.(page); ok && p.rows > 0 {
		return p.message, p.packed, nil
	}
	message, err = encode(value)
	return message, nil, err
}

// encode leaves bytes that were signed or stored as they are.
func encode(value any) ([]byte, error) {
	if raw, ok := value.(json.RawMessage); ok {
		return raw, nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(value)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// refusal turns an error into what the asker is told. What is not meant for
// it goes to Notify.
func (h *Headquarters) refusal(err error) *wire.Refusal {
	var refusal *wire.Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, records.ErrNotFound):
		return wire.Refuse(wire.CodeUnauthorized, "")
	case errors.Is(err, context.Canceled), errors.Is(err, database.ErrClosed):
		return busy() // the asker left, or we are stopping
	case errors.Is(err, database.ErrStorage):
		h.notify(event.Event{What: event.Failed, Reason: err.Error()})
		return busy()
	}
	h.notify(event.Event{What: event.Failed, Reason: err.Error()})
	return wire.Refuse(wire.CodeInternal, "")
}

// quiet drops what net/http says about clients that hang up or speak no TLS:
// nobody can act on it, and anybody can make it say it.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
