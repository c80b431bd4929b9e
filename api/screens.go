package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/api/screen"
)

const screenPath = "/v1/counter"

type screenOutput struct{ Body Counter }

// Counter is the counter as a screen shows it.
type Counter struct {
	Store        string              `json:"store" doc:"as on receipts" example:"Corner Shop"`
	Till         string              `json:"till" example:"Lane 1"`
	Training     bool                `json:"training,omitempty" doc:"nothing of it is real"`
	Operator     string              `json:"operator,omitempty" doc:"the name of who is signed on"`
	Badge        screen.Badge        `json:"badge" doc:"whether network, disk and devices work"`
	Conversation screen.Conversation `json:"conversation"`
	Sold         []screen.Sold       `json:"last_sales" nullable:"false" doc:"of this till, newest first, 20 at most"`
}

type conversationOutput struct{ Body screen.Conversation }

type keysInput struct{ Body Keys }

// Keys are keys of the keypad.
type Keys struct {
	Keys string `json:"keys" minLength:"1" maxLength:"64" pattern:"^[0-9=<xA-F]+$" doc:"digits; = ENTER, < CLEAR, x CANCEL; A REDEEM, B VOID, C ENROLL, D COPY, E RETURN, F MENU"`
}

type rewardInput struct{ Body Reward }

// Reward is one of the offers.
type Reward struct {
	Reward string `json:"reward" minLength:"1" maxLength:"64"`
}

func (s *Server) routeScreen(routes huma.API) {
	huma.Register(routes, huma.Operation{
		OperationID: "see-counter", Method: http.MethodGet, Path: screenPath, Summary: "The counter, as a screen shows it",
		Description: "For another screen of the cashier's: what the page Checkout shows, in words, with ids of what is said around them. The events stream tells when to look again.",
		Security:    tokenNeeded, Errors: []int{401, 403, 503},
	}, s.seeCounter)
	register(routes, huma.Operation{
		OperationID: "press-keys", Method: http.MethodPost, Path: screenPath + "/keys", Summary: "Press keys of the keypad",
		Description: "The keypad, the pages and whoever calls this press keys in one conversation. Nothing of it is repeated safely: a key pressed twice is two keys.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 408, 413, 422, 503},
	}, s.pressKeys)
	register(routes, huma.Operation{
		OperationID: "choose-reward", Method: http.MethodPost, Path: screenPath + "/reward", Summary: "Set a reward aside, or give it back",
		Description: "One of the offers of the open sale; another that was chosen is given back. What cannot be had the display says in passing.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 408, 413, 422, 503},
	}, s.chooseReward)
}

func (s *Server) seeCounter(ctx context.Context, _ *struct{}) (*screenOutput, error) {
	sold, err := s.Screens.Recent(ctx)
	if err != nil {
		s.Failed(err) // the counter goes on without them
	}
	header := s.Screens.Header
	return &screenOutput{Counter{
		Store: header.Store, Till: header.Terminal, Training: header.Training, Operator: s.Screens.OnDuty(),
		Badge: s.Screens.Badge(ctx), Conversation: s.Screens.Now(ctx), Sold: sold,
	}}, nil
}

func (s *Server) pressKeys(ctx context.Context, in *keysInput) (*conversationOutput, error) {
	return s.conversed(s.Screens.Press(ctx, in.Body.Keys))
}

func (s *Server) chooseReward(ctx context.Context, in *rewardInput) (*conversationOutput, error) {
	return s.conversed(s.Screens.Choose(ctx, in.Body.Reward))
}

// conversed is what came of something that was done at the counter.
func (s *Server) conversed(now screen.Conversation, err error) (*conversationOutput, error) {
	if err != nil {
		s.Failed(err)
		return nil, problem(notReady, "")
	}
	return &conversationOutput{now}, nil
}
