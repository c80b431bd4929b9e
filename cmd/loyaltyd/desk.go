package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// The desk is how commands ask a running headquarters: HTTP on a unix socket
// in its data folder, which only its own user can open.

func deskPath(dir string) string { return filepath.Join(dir, "hq.sock") }

func listenDesk(dir string) (net.Listener, error) {
	path := deskPath(dir)
	// The folder is locked: a socket that stands here is a dead daemon's.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	return listener, os.Chmod(path, 0o600)
}

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

func (h *headquarters) deskHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		answerDesk(w, hqStatus{h.listener.Addr().String(), h.publicURL(), ledger.Fingerprint(h.hq.PublicKey())}, nil)
	})
	mux.HandleFunc("POST /clock", func(w http.ResponseWriter, r *http.Request) {
		answerDesk(w, struct{}{}, h.hq.ConfirmClock(r.Context()))
	})
	mux.HandleFunc("POST /codes", func(w http.ResponseWriter, r *http.Request) {
		code, err := h.issueCode(r)
		answerDesk(w, code, err)
	})
	return mux
}

func answerDesk(w http.ResponseWriter, value any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // the caller is gone; there is nobody to tell
}

func (h *headquarters) issueCode(r *http.Request) (codeAnswer, error) {
	var asked codeRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&asked); err != nil {
		return codeAnswer{}, err
	}
	store, err := newStore(h.config, asked.Store, asked.StoreName)
	if err != nil {
		return codeAnswer{}, err
	}
	if err := h.hq.CreateStore(r.Context(), store); err != nil {
		return codeAnswer{}, err
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

// askDesk asks the headquarters that runs on a data folder.
func askDesk(ctx context.Context, dir, method, path string, message, into any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://hq"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", deskPath(dir))
		},
		DisableKeepAlives: true,
	}}
	answer, err := client.Do(request)
	if err != nil {
		return fail(exitUnavailable, "start it with `loyaltyd hq`, or name its folder with --data",
			fmt.Errorf("no headquarters runs on %s", dir))
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fail(exitData, "", errors.New(string(bytes.TrimSpace(text))))
	}
	return json.Unmarshal(text, into)
}
