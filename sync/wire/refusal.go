package wire

import (
	"fmt"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Code says why headquarters did not do what was asked. None is an ack.
type Code string

// The codes of a refusal.
const (
	CodeGap          Code = "gap"    // the batch does not follow Known
	CodeFork         Code = "fork"   // another history stands in these places
	CodeFenced       Code = "fenced" // the id is fenced
	CodeHello        Code = "hello"  // the session token is unknown: say hello
	CodeClock        Code = "clock"  // the request's time is off: see AtMillis
	CodeTooLarge     Code = "too_large"
	CodeUpgrade      Code = "upgrade" // this protocol is no longer spoken
	CodeBusy         Code = "busy"
	CodeUnauthorized Code = "unauthorized"
	CodeUnknown      Code = "unknown" // there is no such terminal: see Terminal
	CodeTaken        Code = "taken"   // what an enrollment code is for was given to another meanwhile
	CodeInvalid      Code = "invalid"
	CodeInternal     Code = "internal"
)

// Refusal is headquarters' answer where it does not do what was asked, as
// problem+json (RFC 9457).
type Refusal struct {
	Code   Code   `json:"code"`
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
	// Known is the head a batch must follow, for CodeGap and CodeFork.
	Known *ledger.Head `json:"known,omitempty"`
	// AtMillis is headquarters' time, for CodeClock; the answer is signed over
	// the request's nonce.
	AtMillis int64 `json:"at_ms,omitempty"`
	// Terminal is who is not known, for CodeUnknown: the answer is signed over a
	// nonce that anybody may have chosen.
	Terminal *ledger.TerminalID `json:"terminal,omitempty"`
	// RetryAfter comes from the header of that name.
	RetryAfter time.Duration `json:"-"`
}

// Error says what was refused and why.
func (r *Refusal) Error() string {
	if r.Detail == "" {
		return fmt.Sprintf("headquarters: %s", r.Title)
	}
	return fmt.Sprintf("headquarters: %s: %s", r.Title, r.Detail)
}

// Refuse makes a refusal; detail is for people.
func Refuse(code Code, detail string) *Refusal {
	known := refusals[code]
	return &Refusal{Code: code, Status: known.status, Title: known.title, Detail: detail}
}

var refusals = map[Code]struct {
	status int
	title  string
}{
	CodeGap:          {http.StatusConflict, "entries are missing before this batch"},
	CodeFork:         {http.StatusConflict, "another history stands in these places"},
	CodeFenced:       {http.StatusForbidden, "this terminal is fenced: enroll it anew"},
	CodeHello:        {http.StatusConflict, "say hello first"},
	CodeClock:        {http.StatusUnauthorized, "the terminal's clock is off"},
	CodeTooLarge:     {http.StatusRequestEntityTooLarge, "too large: send less at once"},
	CodeUpgrade:      {http.StatusUpgradeRequired, "this release is too old: upgrade the terminal"},
	CodeBusy:         {http.StatusServiceUnavailable, "busy: try again later"},
	CodeUnauthorized: {http.StatusUnauthorized, "not authorized"},
	CodeUnknown:      {http.StatusUnauthorized, "this terminal is not known"},
	CodeTaken:        {http.StatusConflict, "another has this place"},
	CodeInvalid:      {http.StatusBadRequest, "the request makes no sense"},
	CodeInternal:     {http.StatusInternalServerError, "headquarters could not do it"},
}
