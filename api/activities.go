package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
)

type activityInput struct{ Body Activity }

// Activity is something a member did that is no sale.
type Activity struct {
	On       string `json:"on" minLength:"1" maxLength:"32" doc:"what the program's rules call it" example:"check_in"`
	Name     string `json:"name,omitempty" maxLength:"64"`
	Ref      string `json:"ref" minLength:"1" maxLength:"128" doc:"with on and name: it counts once" example:"c-17"`
	Value    int64  `json:"value,omitempty"`
	Member   Member `json:"member"`
	Referrer string `json:"referrer,omitempty" maxLength:"36" doc:"account of who referred her"`
	Operator string `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
}

type activityOutput struct{ Body Done }

// Done is what may be told of an activity: it is on disk.
type Done struct {
	EntryID ledger.EntryID `json:"entry_id"`
	Account string         `json:"account,omitempty"`
	Name    string         `json:"name,omitempty" doc:"masked"`
	Earned  []Earned       `json:"earned" doc:"one per unit; empty where nobody known here has it"`
	Balance *Balance       `json:"balance,omitempty"`
	Gains
}

// Earned is so much of a unit.
type Earned struct {
	Unit    string `json:"unit"`
	Earned  int64  `json:"earned"`
	Pending int64  `json:"earned_pending,omitempty" doc:"there once the return window is over"`
}

func (s *Server) routeActivities(routes huma.API) {
	register(routes, huma.Operation{
		OperationID: "tell-activity", Method: http.MethodPost, Path: "/v1/activities", Summary: "Something a member did that is no sale",
		Description: "Durable when answered. The same request again gets the same answer; the same on, name and ref with something else is a conflict. That it counts once in the chain headquarters sees to. A referral counts once for each friend and referrer, whatever its ref.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 404, 408, 409, 413, 422, 503},
	}, s.activity)
}

func (s *Server) activity(ctx context.Context, in *activityInput) (*activityOutput, error) {
	who, err := s.who(&in.Body.Member)
	if err != nil {
		return nil, err
	}
	asked, err := json.Marshal(in.Body)
	if err != nil {
		return nil, s.problemOf(err)
	}
	a := checkout.Activity{
		Activity: ledger.Activity{On: in.Body.On, Name: in.Body.Name, Ref: in.Body.Ref, Value: in.Body.Value},
		Who:      who, Operator: in.Body.Operator, Asked: asked,
	}
	if a.Referrer, err = readReferrer(in.Body.Referrer); err != nil {
		return nil, err
	}
	done, err := s.Till.Do(context.WithoutCancel(ctx), time.Now(), a)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &activityOutput{s.done(done)}, nil
}

// done writes the answer from the entry alone, as told does.
func (s *Server) done(completed checkout.Completed) Done {
	e := completed.Entry
	out := Done{EntryID: e.ID, Name: completed.Name, Earned: []Earned{}, Balance: balance(e.Told), Gains: s.gains(e)}
	account, known := e.Subject.Account()
	if !known {
		return out
	}
	out.Account = account.String()
	for _, unit := range s.Till.Programs.Of(e).Units() {
		if now, pending := checkout.EarnedOf(e, unit); now > 0 || pending > 0 {
			out.Earned = append(out.Earned, Earned{string(unit), int64(now), int64(pending)})
		}
	}
	return out
}
