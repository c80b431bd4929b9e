package main

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

// replaceRequest asks headquarters to shut a till out, and for a code for the
// next one.
type replaceRequest struct {
	Terminal ledger.TerminalID `json:"terminal"`
}

// replaceTerminal is asked of headquarters.
func (h *headquarters) replaceTerminal(r *http.Request) (codeAnswer, error) {
	var asked replaceRequest
	if err := desk.Read(r, &asked); err != nil {
		return codeAnswer{}, err
	}
	if err := h.isAnother(asked.Terminal); err != nil {
		return codeAnswer{}, err
	}
	url, note, err := h.publicURL()
	if err != nil {
		return codeAnswer{}, err
	}
	secret, err := h.ReplaceTerminal(r.Context(), asked.Terminal, codeLife)
	if errors.Is(err, hq.ErrNameTaken) {
		return codeAnswer{}, exit.Fail(exit.Data, "another took its place already; `loyaltyd hq code --name` takes a further one in", err)
	}
	if err != nil {
		return codeAnswer{}, err
	}
	h.log.Warn().Stringer("terminal_id", asked.Terminal).Msg("terminal replaced")
	code := wire.EnrollmentCode{URL: url, Fingerprint: ledger.Fingerprint(h.PublicKey()), Secret: secret}
	return codeAnswer{code.Text(), time.Now().Add(codeLife).UTC().Truncate(time.Second), url, note}, nil
}

// isAnother refuses the till that headquarters itself is inside of.
func (h *headquarters) isAnother(id ledger.TerminalID) error {
	if h.own == "" {
		return nil
	}
	carries, err := datadir.ReadIdentity(h.config.DataDir)
	if err == nil && carries.Terminal == id {
		return exit.Fail(exit.Usage, "bring its folder to another machine from a backup: `loyaltyd restore`", errors.New("this till carries the headquarters itself"))
	}
	return err
}
