package api

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Problem is an error as problem+json (RFC 9457) with what to do next.
type Problem struct {
	Type     string `json:"type" doc:"which problem it is; stable, to be compared" example:"urn:loyaltyd:problem:no-such-sale"`
	Status   int    `json:"status" doc:"the HTTP status" example:"404"`
	Title    string `json:"title" doc:"the problem in words, the same for each of its type" example:"no such sale"`
	Detail   string `json:"detail,omitempty" doc:"what it was this time"`
	NextStep string `json:"next_step" doc:"what to do now" example:"check the sale's id and business day"`
	Left     *Left  `json:"left,omitempty" doc:"of too-much-returned: what may still come back"`

	retryAfter time.Duration
}

// Left is what may still come back of a sale, or of one of its lines.
type Left struct {
	Line     *int  `json:"line,omitempty" doc:"absent where it is the whole sale"`
	Quantity int64 `json:"quantity"`
	Extended int64 `json:"extended_amount" doc:"minor units, with tax"`
}

// typePrefix stands before the name of every type of problem.
const typePrefix = "urn:loyaltyd:problem:"

// problem is one of a kind, with what it was this time.
func problem(k kind, detail string) *Problem {
	row := kinds[k]
	return &Problem{
		Type: typePrefix + string(k), Status: row.status, Title: row.title, Detail: detail, NextStep: row.next,
	}
}

// Error implements huma.StatusError.
func (p *Problem) Error() string { return p.Title }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	if p.retryAfter <= 0 {
		return nil
	}
	seconds := int(math.Ceil(p.retryAfter.Seconds()))
	return http.Header{"Retry-After": {strconv.Itoa(seconds)}}
}

// ContentType makes huma answer with problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func (p *Problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller is gone; there is nobody to tell
}

// huma makes its own errors through this hook, and there is only a global one;
// nobody else here uses huma.
func init() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return unreadable(status, message, errs)
	}
}

// unreadable is a request that did not get as far as its handler. It tells
// where and why, never the value: that may be a phone number.
func unreadable(status int, message string, errs []error) *Problem {
	p := problem(unreadableKind(status), message)
	p.Status = status
	for _, err := range errs[:min(len(errs), maxDetails)] {
		text := err.Error()
		if detailed, ok := err.(huma.ErrorDetailer); ok {
			detail := detailed.ErrorDetail()
			text = detail.Message
			if detail.Location != "" {
				text = detail.Location + ": " + text
			}
		}
		p.Detail = strings.TrimPrefix(p.Detail+"; "+text, "; ")
	}
	return p
}

func unreadableKind(status int) kind {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return tooLarge
	case status == http.StatusRequestTimeout:
		return tooSlow
	case status >= http.StatusInternalServerError:
		return notSaved
	}
	return badRequest
}

// maxDetails bounds what is told of one request.
const maxDetails = 5
