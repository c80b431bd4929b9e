package headquarters

import (
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
)

// Rotation asks for another signing key.
type Rotation struct {
	Overlap time.Duration `json:"overlap"` // how long the present one still signs
}

func (h *Local) rotateKey(r *http.Request) (hq.KeyState, error) {
	var asked Rotation
	if err := desk.Read(r, &asked); err != nil {
		return hq.KeyState{}, err
	}
	if asked.Overlap < 0 || asked.Overlap > hq.MaxOverlap {
		return hq.KeyState{}, exit.Fail(exit.Usage, "write it as in 720h", errors.New("--overlap: at least 0, and at most a year"))
	}
	state, err := h.RotateKey(r.Context(), asked.Overlap)
	if errors.Is(err, hq.ErrRotating) {
		return state, exit.Fail(exit.Data, "`loyaltyd hq key` shows both; rotate again once the successor signs", err)
	}
	return state, err
}
