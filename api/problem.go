package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Problem is an error as problem+json (RFC 9457) with what to do next.
type Problem struct {
	Status   int    `json:"status"`
	Title    string `json:"title"`
	Detail   string `json:"detail,omitempty"`
	NextStep string `json:"next_step,omitempty"`
}

func problem(status int, title, next string) *Problem {
	return &Problem{Status: status, Title: title, NextStep: next}
}

// Error implements huma.StatusError.
func (p *Problem) Error() string { return p.Title }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

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
	p := problem(status, message, "send what /openapi.json describes")
	switch {
	case status == http.StatusRequestEntityTooLarge:
		p.NextStep = "send less at once"
	case status >= http.StatusInternalServerError || status == http.StatusRequestTimeout:
		p.NextStep = "send the same request again; it cannot count twice"
	}
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

// maxDetails bounds what is told of one request.
const maxDetails = 5

// problemOf is the one table from an error to an answer.
func (s *Server) problemOf(err error) error {
	var basket *loyalty.InvalidBasket
	var refused *loyalty.NoRedeem
	var small *loyalty.RewardRefused
	switch {
	case errors.As(err, &basket):
		return &Problem{http.StatusUnprocessableEntity, "the basket makes no sense", basket.Error(), "correct the basket and send it again"}
	case errors.Is(err, checkout.ErrNoNumber):
		return &Problem{http.StatusUnprocessableEntity, "not a phone number", err.Error(), "ask for the number again"}
	case errors.Is(err, loyalty.ErrUnknownMember):
		return problem(http.StatusNotFound, "no such member here", "identify her by phone, or complete without a member")
	case errors.Is(err, checkout.ErrNoReward):
		return problem(http.StatusUnprocessableEntity, "the program has no such reward", "take the reward from the quote")
	case errors.As(err, &refused):
		return &Problem{http.StatusConflict, "the reward cannot be had now", refused.Error(), "complete without it, at the full price"}
	case errors.As(err, &small):
		return &Problem{http.StatusConflict, "this basket cannot have the reward", small.Error(), "complete without it, at the full price"}
	case errors.Is(err, checkout.ErrSaleConflict):
		return problem(http.StatusConflict, "another sale has this id", "use an id of its own for each sale of a business day")
	}
	s.Failed(err)
	return problem(http.StatusServiceUnavailable, "not saved",
		"send the same request again; it cannot count twice. If it stays so, ask `loyaltyd status`")
}
