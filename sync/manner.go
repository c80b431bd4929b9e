package sync

import (
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// plainFor is for how long the other side is written to as the release before does,
// after it did not understand: it may be several processes, of two releases.
const plainFor = time.Hour

// manner is how the other side is written to: as every release does, or briefly,
// where its last answer to a hello said that it takes that. It is shared by the
// goroutines that ask.
type manner struct {
	taken atomic.Bool
	plain atomic.Int64 // until when nothing is said briefly, in Unix nanoseconds
}

// briefly reports whether a request may be brief. A hello never is: whoever answers
// is to understand it.
func (m *manner) briefly(target string, now time.Time) bool {
	left := time.Duration(m.plain.Load() - now.UnixNano())
	return m.taken.Load() && target != wire.HelloPath && (left <= 0 || left > plainFor) // the clock may have been set back
}

// hear notes what an answer says is taken.
func (m *manner) hear(target string, h http.Header) {
	if target == wire.HelloPath {
		m.taken.Store(wire.Takes(h, wire.Columns))
	}
}

// judge notes that a brief request was refused as one that makes no sense or is not
// signed: then nothing is said briefly for a while.
func (m *manner) judge(err error, now time.Time) {
	var refusal *wire.Refusal
	if !errors.As(err, &refusal) || refusal.Code == wire.CodeClock || refusal.Code == wire.CodeUnknown {
		return
	}
	if refusal.Status == http.StatusBadRequest || refusal.Status == http.StatusUnauthorized {
		m.plain.Store(now.Add(plainFor).UnixNano())
	}
}

// lacks reports whether an error says that the other side does not have a path: it is of
// a release before. One that takes what came later than the path has it, and it is
// something between us that finds nothing there.
func (m *manner) lacks(err error) bool {
	var refusal *wire.Refusal
	return errors.As(err, &refusal) && refusal.Status == http.StatusNotFound && !m.taken.Load()
}

// encodingOf is that of a request: what has many lines alone is worth columns.
func encodingOf(target string, briefly bool) string {
	if briefly && (target == wire.BatchPath || target == wire.RelayPath) {
		return wire.Columns
	}
	return wire.Zstd
}

func pack(encoding string, message []byte) []byte {
	if encoding == wire.Columns {
		return wire.PackColumns(message)
	}
	return wire.Pack(message)
}
