package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

const healthPath = "/healthz"

type healthOutput struct {
	Body struct {
		Status  string `json:"status"`
		Release string `json:"release"`
	}
}

func (s *Server) routeHealth(routes huma.API) {
	huma.Register(routes, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: healthPath, Summary: "Whether sales can be taken",
		Errors: []int{503},
	}, s.health)
}

// health says whether the till can take a sale. Headquarters is not asked.
func (s *Server) health(context.Context, *struct{}) (*healthOutput, error) {
	if err := s.Health(); err != nil {
		s.Failed(err)
		return nil, problem(http.StatusServiceUnavailable, "sales cannot be saved", "ask `loyaltyd status` on this machine")
	}
	out := &healthOutput{}
	out.Body.Status, out.Body.Release = "ok", s.Release
	return out, nil
}
