package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

const (
	healthPath  = "/healthz"
	readyPath   = "/readyz"
	metricsPath = "/metrics"
	statusPath  = "/status"
)

type healthOutput struct {
	Body Health
}

// Health says that the daemon answers.
type Health struct {
	Status  string `json:"status" example:"ok"`
	Release string `json:"release" example:"1.0.0"`
}

type statusOutput struct {
	Body any `doc:"what loyaltyd status --json says"`
}

func (s *Server) routeHealth(routes huma.API) {
	huma.Register(routes, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: healthPath, Summary: "Whether sales can be saved",
		Description: "Needs no token from this machine. Headquarters is not asked.", Errors: []int{403, 503},
	}, s.health)
	huma.Register(routes, huma.Operation{
		OperationID: "ready", Method: http.MethodGet, Path: readyPath, Summary: "Whether all is there that a sale needs",
		Description: "The store is open and writable, the disk has room, the keys can be read. Neither headquarters nor a device is asked. Needs no token from this machine.",
		Errors:      []int{403, 503},
	}, s.ready)
	huma.Register(routes, huma.Operation{
		OperationID: "status", Method: http.MethodGet, Path: statusPath, Summary: "How the till stands",
		Description: "What `loyaltyd status --json` says: unsent entries, rights, storage, devices, headquarters.",
		Security:    tokenNeeded, Errors: []int{401, 403, 503},
	}, s.status)
}

// health says whether the till can take a sale. Headquarters is not asked.
func (s *Server) health(context.Context, *struct{}) (*healthOutput, error) {
	return s.answerHealth(s.Health())
}

func (s *Server) ready(context.Context, *struct{}) (*healthOutput, error) {
	return s.answerHealth(s.Ready())
}

func (s *Server) answerHealth(err error) (*healthOutput, error) {
	if err != nil {
		s.Failed(err)
		return nil, problem(notReady, "")
	}
	return &healthOutput{Health{"ok", s.Release}}, nil
}

func (s *Server) status(ctx context.Context, _ *struct{}) (*statusOutput, error) {
	status, err := s.Status(ctx)
	if err != nil {
		s.Failed(err)
		return nil, problem(notReady, "")
	}
	return &statusOutput{status}, nil
}
