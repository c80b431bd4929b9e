package main

import (
	"net/http"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// releaseRequest asks headquarters to post what is held of a till.
type releaseRequest struct {
	Terminal ledger.TerminalID `json:"terminal"`
	Manager  string            `json:"manager"`
	PIN      string            `json:"pin"`
}

// released is `hq release --json`.
type released struct {
	Entries int `json:"entries"`
}

// releaseRoutes are what headquarters is asked about what it holds.
func releaseRoutes(running func() (*headquarters, error), managers *staffDesk) desk.Routes {
	return desk.Routes{"POST /hq/releases": func(r *http.Request) (any, error) {
		h, err := running()
		if err != nil {
			return nil, err
		}
		var asked releaseRequest
		if err := desk.Read(r, &asked); err != nil {
			return nil, err
		}
		if err := managers.approves(asked.Manager, asked.PIN); err != nil {
			return nil, err
		}
		n, err := h.ReleaseHeld(r.Context(), asked.Terminal, asked.Manager)
		if err != nil {
			return nil, err
		}
		h.log.Warn().Stringer("terminal_id", asked.Terminal).Str("approver_id", asked.Manager).Int("entries", n).Msg("held entries released")
		return released{n}, nil
	}}
}
