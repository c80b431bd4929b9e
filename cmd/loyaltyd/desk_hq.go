package main

import (
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// codeRequest asks for an enrollment code.
type codeRequest struct {
	Store     string `json:"store"`
	StoreName string `json:"store_name"`
	Name      string `json:"name"` // the terminal's
}

// codeAnswer is a code to carry to a terminal.
type codeAnswer struct {
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
}

// hqStatus is what a running headquarters says of itself.
type hqStatus struct {
	Listen      string `json:"listen"`
	URL         string `json:"url"`
	Fingerprint string `json:"fingerprint"`
}

// codeLife is how long an enrollment code is good.
const codeLife = 24 * time.Hour

// deskRoutes are what headquarters is asked at its daemon's desk.
func (h *headquarters) deskRoutes() deskRoutes {
	return deskRoutes{
		"GET /hq/status": func(*http.Request) (any, error) {
			return hqStatus{h.listener.Addr().String(), h.publicURL(), ledger.Fingerprint(h.hq.PublicKey())}, nil
		},
		"POST /hq/clock": func(r *http.Request) (any, error) { return struct{}{}, h.hq.ConfirmClock(r.Context()) },
		"POST /hq/codes": func(r *http.Request) (any, error) { return h.issueCode(r) },
	}
}

func (h *headquarters) issueCode(r *http.Request) (codeAnswer, error) {
	var asked codeRequest
	if err := readAsked(r, &asked); err != nil {
		return codeAnswer{}, err
	}
	store, err := newStore(h.config, asked.Store, asked.StoreName)
	if err != nil {
		return codeAnswer{}, fail(exitData, "", err)
	}
	if err := h.hq.CreateStore(r.Context(), store); err != nil {
		return codeAnswer{}, fail(exitData, "", err)
	}
	secret, err := h.hq.IssueCode(r.Context(), store.ID, asked.Name, codeLife)
	if err != nil {
		return codeAnswer{}, err
	}
	code := wire.EnrollmentCode{URL: h.publicURL(), Fingerprint: ledger.Fingerprint(h.hq.PublicKey()), Secret: secret}
	return codeAnswer{code.Text(), time.Now().Add(codeLife).UTC().Truncate(time.Second)}, nil
}

// newStore makes a store of the configuration's country.
func newStore(config configs.Config, id, name string) (wire.Store, error) {
	storeID, err := ledger.ParseStoreID(id)
	if err != nil {
		return wire.Store{}, err
	}
	if name == "" {
		name = "Store " + id
	}
	return wire.Store{
		ID: storeID, Name: name, Currency: ledger.Currency(config.Currency), TimeZone: config.TimeZone, Region: config.Region,
	}, nil
}
