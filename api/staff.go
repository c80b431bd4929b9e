package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Approval is an operator who puts her PIN to a request. It is no part of what
// makes the same request again the same.
type Approval struct {
	Operator string `json:"operator_id" minLength:"1" maxLength:"32" pattern:"^[A-Za-z0-9._-]+$"`
	PIN      string `json:"pin" minLength:"4" maxLength:"12" pattern:"^[0-9]+$" doc:"as she keyed it"`
}

// approval reads one; nil where there is none.
func (a *Approval) approval() (*staff.Approval, error) {
	if a == nil {
		return nil, nil
	}
	keyed, err := pin.Parse(a.PIN)
	if err != nil {
		return nil, problem(wrongPIN, "")
	}
	return &staff.Approval{Operator: a.Operator, PIN: keyed}, nil
}

type signOnInput struct{ Body Approval }

type operatorOutput struct{ Body Operator }

// Operator is who is signed on.
type Operator struct {
	ID   string `json:"operator_id" doc:"what sales that name no operator carry from now on"`
	Name string `json:"name"`
	Role string `json:"role" enum:"cashier,manager"`
}

type adjustInput struct{ Body Adjusting }

// Adjusting changes by hand what a member has.
type Adjusting struct {
	ID       string    `json:"adjust_id" format:"uuid" maxLength:"36" doc:"made by the POS and kept through retries"`
	Member   Member    `json:"member"`
	Unit     string    `json:"unit,omitempty" maxLength:"32" doc:"the program's main one where absent" example:"points"`
	Amount   int64     `json:"amount" doc:"given, or taken where below zero" example:"50"`
	Reason   string    `json:"reason" minLength:"1" maxLength:"800" doc:"in clear: no names or numbers of people; up to 200 letters" example:"goodwill: torn bag"`
	Operator string    `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$" doc:"who is signed on where absent"`
	Approval *Approval `json:"approval,omitempty" doc:"where a problem of type manager or sign-on asked for it"`
}

type adjustOutput struct{ Body AdjustDone }

// AdjustDone is what may be told of an adjustment: it is on disk.
type AdjustDone struct {
	EntryID  ledger.EntryID `json:"entry_id"`
	Account  string         `json:"account"`
	Name     string         `json:"name,omitempty" doc:"masked"`
	Unit     string         `json:"unit"`
	Amount   int64          `json:"amount"`
	Operator string         `json:"operator_id"`
	Approver string         `json:"approver_id,omitempty"`
	Balance  *Balance       `json:"balance,omitempty"`
}

func (s *Server) routeStaff(routes huma.API) {
	register(routes, huma.Operation{
		OperationID: "sign-on", Method: http.MethodPost, Path: "/v1/operators/sign-on", Summary: "An operator signs on",
		Description: "Until somebody else signs on, or signs off, also through a restart. Wrong PINs in a row have to be waited for, longer each time.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 408, 413, 422, 429, 503},
	}, s.signOn)
	huma.Register(routes, huma.Operation{
		OperationID: "sign-off", Method: http.MethodPost, Path: "/v1/operators/sign-off", Summary: "Nobody is signed on any more",
		Security: tokenNeeded, Errors: []int{401, 403, 503},
	}, s.signOff)
	register(routes, huma.Operation{
		OperationID: "adjust-member", Method: http.MethodPost, Path: "/v1/members/adjust", Summary: "Change by hand what a member has",
		Description: "Durable when answered, with its reason and who did it. The same request again gets the same answer. Beyond the till's limit a manager's PIN is needed: the answer is a problem of type manager, and the same request is sent again with approval.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 404, 408, 409, 413, 422, 429, 503},
	}, s.adjust)
}

func (s *Server) signOn(_ context.Context, in *signOnInput) (*operatorOutput, error) {
	who, err := in.Body.approval()
	if err != nil {
		return nil, err
	}
	if s.Till.Staff == nil {
		return nil, problem(wrongPIN, "")
	}
	o, err := s.Till.Staff.SignOn(time.Now(), who.Operator, who.PIN)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &operatorOutput{Operator{o.ID, o.Name, string(o.Role)}}, nil
}

func (s *Server) signOff(context.Context, *struct{}) (*struct{}, error) {
	if s.Till.Staff == nil {
		return nil, nil
	}
	if err := s.Till.Staff.SignOff(); err != nil {
		return nil, s.problemOf(err)
	}
	return nil, nil
}

func (s *Server) adjust(ctx context.Context, in *adjustInput) (*adjustOutput, error) {
	approval, err := in.Body.Approval.approval()
	if err != nil {
		return nil, err
	}
	in.Body.Approval = nil
	who, err := s.who(&in.Body.Member)
	if err != nil {
		return nil, err
	}
	asked, err := json.Marshal(in.Body)
	if err != nil {
		return nil, s.problemOf(err)
	}
	a := checkout.Adjusting{
		Who: who, ID: in.Body.ID, Unit: ledger.Unit(in.Body.Unit), Amount: ledger.Points(in.Body.Amount), Reason: in.Body.Reason,
		Operator: in.Body.Operator, Approval: approval, Asked: asked,
	}
	done, err := s.Till.Adjust(context.WithoutCancel(ctx), time.Now(), a)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &adjustOutput{Adjusted(done)}, nil
}

// Adjusted writes the answer from the entry alone.
func Adjusted(done checkout.Completed) AdjustDone {
	e := done.Entry
	p := e.Postings[0]
	out := AdjustDone{
		EntryID: e.ID, Account: string(e.Subject), Name: done.Name, Unit: string(p.Unit), Amount: int64(p.Amount),
		Operator: e.Operator, Approver: e.Approver, Balance: balance(e.Told),
	}
	if p.From == ledger.Available {
		out.Amount = -out.Amount
	}
	return out
}

// staffProblem is what stands between an operator and what she asked for.
func staffProblem(err error) *Problem {
	if tries, ok := errors.AsType[*pin.TooManyTries](err); ok {
		p := problem(manyTries, "")
		p.retryAfter = max(tries.Wait, time.Second)
		return p
	}
	if need, ok := errors.AsType[*checkout.ApprovalNeeded](err); ok && !need.Manager {
		return problem(signOn, need.Error())
	}
	if bad, ok := errors.AsType[*checkout.BadAdjustment](err); ok {
		return problem(badAdjust, bad.Error())
	}
	if refused, ok := errors.AsType[*checkout.MemberRefused](err); ok {
		return problem(notWithHer, refused.Error())
	}
	return problem(manager, err.Error())
}
