package headquarters

import (
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// ReplaceRequest asks headquarters to shut a till out, and for a code for the
// next one.
type ReplaceRequest struct {
	Terminal ledger.TerminalID `json:"terminal"`
}

// replaceTerminal is asked of headquarters.
func (h *Local) replaceTerminal(r *http.Request) (CodeAnswer, error) {
	var asked ReplaceRequest
	if err := desk.Read(r, &asked); err != nil {
		return CodeAnswer{}, err
	}
	if err := h.isAnother(asked.Terminal); err != nil {
		return CodeAnswer{}, err
	}
	url, note, err := h.publicURL()
	if err != nil {
		return CodeAnswer{}, err
	}
	secret, err := h.ReplaceTerminal(r.Context(), asked.Terminal, CodeLife)
	if errors.Is(err, hq.ErrNameTaken) {
		return CodeAnswer{}, exit.Fail(exit.Data, "another took its place already; `loyaltyd hq code --name` takes a further one in", err)
	}
	if err != nil {
		return CodeAnswer{}, err
	}
	h.log.Warn().Stringer("terminal_id", asked.Terminal).Msg("terminal replaced")
	code := wire.EnrollmentCode{URL: url, Fingerprint: ledger.Fingerprint(h.PublicKey()), Secret: secret}
	return CodeAnswer{code.Text(), time.Now().Add(CodeLife).UTC().Truncate(time.Second), url, note}, nil
}

// isAnother refuses the till that headquarters itself is inside of.
func (h *Local) isAnother(id ledger.TerminalID) error {
	if h.own == "" {
		return nil
	}
	carries, err := datadir.ReadIdentity(h.config.DataDir)
	if err == nil && carries.Terminal == id {
		return exit.Fail(exit.Usage, "bring its folder to another machine from a backup: `loyaltyd restore`", errors.New("this till carries the headquarters itself"))
	}
	return err
}
