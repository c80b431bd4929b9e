package headquarters

import (
	"net/http"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/operators"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ReleaseRequest asks headquarters to post what is held of a till.
type ReleaseRequest struct {
	Terminal ledger.TerminalID `json:"terminal"`
	Manager  string            `json:"manager"`
	PIN      string            `json:"pin"`
}

// Released is `hq release --json`.
type Released struct {
	Entries int `json:"entries"`
}

// ReleaseRoutes are what headquarters is asked about what it holds.
func ReleaseRoutes(running func() (*Local, error), managers *operators.Desk) desk.Routes {
	return desk.Routes{"POST /hq/releases": func(r *http.Request) (any, error) {
		h, err := running()
		if err != nil {
			return nil, err
		}
		var asked ReleaseRequest
		if err := desk.Read(r, &asked); err != nil {
			return nil, err
		}
		if err := managers.Approves(asked.Manager, asked.PIN); err != nil {
			return nil, err
		}
		n, err := h.ReleaseHeld(r.Context(), asked.Terminal, asked.Manager)
		if err != nil {
			return nil, err
		}
		h.log.Warn().Stringer("terminal_id", asked.Terminal).Str("approver_id", asked.Manager).Int("entries", n).Msg("held entries released")
		return Released{n}, nil
	}}
}
