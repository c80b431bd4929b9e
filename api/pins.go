package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
)

type setPINInput struct {
	Account string `path:"account" format:"uuid" maxLength:"36" example:"6c1f8b0e-6f1d-4c7a-9a8e-1d2c3b4a5f60" doc:"from an earlier answer"`
	Body    SetPIN
}

// SetPIN gives a member a PIN.
type SetPIN struct {
	PIN      string    `json:"pin" minLength:"4" maxLength:"12" pattern:"^[0-9]+$" doc:"as she keyed it, twice; one digit again and again, or a run of them, is refused"`
	ID       string    `json:"member_id,omitempty" maxLength:"36" doc:"which of the account's members it is, where it has several"`
	Proof    string    `json:"proof,omitempty" enum:"claimed,presented,verified" default:"claimed" doc:"verified counts as it does elsewhere"`
	Current  string    `json:"current_pin,omitempty" minLength:"4" maxLength:"12" pattern:"^[0-9]+$" doc:"the one that she has, where she knows it: it proves her verified"`
	Operator string    `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
	Approval *Approval `json:"approval,omitempty" doc:"where a problem of type manager asked for it"`
}

func (s *Server) routePINs(routes huma.API) {
	register(routes, huma.Operation{
		OperationID: "set-member-pin", Method: http.MethodPut, Path: "/v1/members/{account}/pin", Summary: "A member's own PIN",
		Description: "It holds at this till when answered, and at her stores' tills once headquarters has it. The first one is set with proof presented; another in its place with current_pin or proof verified; else a manager must approve it. What is kept of it is a keyed hash, and no answer has it.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 404, 408, 409, 413, 422, 429, 503},
	}, s.setPIN)
}

func (s *Server) setPIN(ctx context.Context, in *setPINInput) (*memberOutput, error) {
	n := checkout.NewPIN{Operator: in.Body.Operator}
	if err := readMember(&n.Who, in.Account, in.Body.ID); err != nil {
		return nil, err
	}
	n.Who.Proof, n.Who.Unchecked = ledger.Proof(in.Body.Proof), !s.TrustVerified
	var err error
	if n.Who.PIN, err = readPIN(in.Body.Current); err != nil {
		return nil, err
	}
	if n.PIN, err = readPIN(in.Body.PIN); err != nil {
		return nil, err
	}
	if n.Approval, err = in.Body.Approval.approval(); err != nil {
		return nil, err
	}
	member, err := s.Till.SetPIN(context.WithoutCancel(ctx), time.Now(), s.Till.NewEntry(), n)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &memberOutput{s.known(member)}, nil
}

// readPIN reads a member's PIN; zero where none was keyed.
func readPIN(text string) (pin.PIN, error) {
	if text == "" {
		return pin.PIN{}, nil
	}
	keyed, err := pin.Parse(text)
	if err != nil {
		return pin.PIN{}, problem(weakPIN, err.Error())
	}
	return keyed, nil
}

// pinProblem says why a member's PIN proves nothing.
func pinProblem(refused *checkout.PINRefused) *Problem {
	if tries, ok := errors.AsType[*pin.TooManyTries](refused); ok {
		p := problem(pinTries, "")
		p.retryAfter = max(tries.Wait, time.Second)
		return p
	}
	if errors.Is(refused, pin.ErrNone) {
		return problem(noPIN, "")
	}
	return problem(badPIN, "")
}
