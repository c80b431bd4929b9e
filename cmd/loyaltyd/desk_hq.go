package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// codeRequest asks for an enrollment code.
type codeRequest struct {
	Store     string `json:"store"`
	StoreName string `json:"store_name"`
	Name      string `json:"name"` // the terminal's
	Hub       bool   `json:"hub"`  // it is to be the store's hub
}

// codeAnswer is a code to carry to a terminal.
type codeAnswer struct {
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
	URL     string    `json:"url"`            // where the terminal will look for headquarters
	Note    string    `json:"note,omitempty"` // what to know of that
}

// hqStatus is what a running headquarters says of itself.
type hqStatus struct {
	Listen      string `json:"listen"` // empty where it listens nowhere
	URL         string `json:"url"`
	Note        string `json:"note,omitempty"` // what to know of that
	Fingerprint string `json:"fingerprint"`
	// Storage is the database's; Problem says why it does not answer.
	Storage hq.Storage `json:"storage"`
	Problem string     `json:"problem,omitempty"`
	// Durability is how far what came in is kept a second time.
	Durability hq.Durability `json:"durability"`
	// Backup is added by who asks: it stands in the folder.
	Backup backupStatus `json:"backup"`
}

// codeLife is how long an enrollment code is good.
const codeLife = 24 * time.Hour

// hqRoutes are what headquarters is asked at its daemon's desk. running gives
// it, or says why there is none now.
func hqRoutes(running func() (*headquarters, error)) deskRoutes {
	ask := func(answer func(*headquarters, *http.Request) (any, error)) func(*http.Request) (any, error) {
		return func(r *http.Request) (any, error) {
			h, err := running()
			if err != nil {
				return nil, err
			}
			return answer(h, r)
		}
	}
	return deskRoutes{
		"GET /hq/status":        ask(func(h *headquarters, r *http.Request) (any, error) { return h.status(r.Context()), nil }),
		"POST /hq/codes":        ask(func(h *headquarters, r *http.Request) (any, error) { return h.issueCode(r) }),
		"POST /hq/replacements": ask(func(h *headquarters, r *http.Request) (any, error) { return h.replaceTerminal(r) }),
		"GET /hq/key":           ask(func(h *headquarters, r *http.Request) (any, error) { return h.KeyState(r.Context()) }),
		"POST /hq/key":          ask(func(h *headquarters, r *http.Request) (any, error) { return h.rotateKey(r) }),
		"GET /hq/stores":        ask(func(h *headquarters, r *http.Request) (any, error) { return h.listStores(r.Context()) }),
		"POST /hq/stores":       ask(func(h *headquarters, r *http.Request) (any, error) { return h.setStore(r) }),
		"GET /hq/programs":      ask(func(h *headquarters, r *http.Request) (any, error) { return h.listPrograms(r) }),
		"POST /hq/programs":     ask(func(h *headquarters, r *http.Request) (any, error) { return h.publish(r) }),
		"POST /hq/stops":        ask(func(h *headquarters, r *http.Request) (any, error) { return h.stopRule(r) }),
		"POST /hq/confirm":      ask(func(h *headquarters, r *http.Request) (any, error) { return h.confirm(r) }),
		"POST /hq/segments":     ask(func(h *headquarters, r *http.Request) (any, error) { return h.segment(r) }),
		"POST /hq/apps":         ask(func(h *headquarters, r *http.Request) (any, error) { return h.certifyApp(r) }),
		"GET /hq/recovery":      ask(func(h *headquarters, r *http.Request) (any, error) { return h.Recovery(r.Context()) }),
		"POST /hq/recovery": ask(func(h *headquarters, r *http.Request) (any, error) {
			if err := h.GoOn(r.Context()); err != nil {
				return nil, err
			}
			return h.Recovery(r.Context())
		}),
		"POST /hq/clock": ask(func(h *headquarters, r *http.Request) (any, error) {
			seen, accepted, err := h.AcceptClock(r.Context())
			return acceptedClock{seen.Time(), accepted.Time()}, err
		}),
	}
}

func (h *headquarters) status(ctx context.Context) hqStatus {
	out := hqStatus{Fingerprint: ledger.Fingerprint(h.PublicKey())}
	var problem error
	if out.Storage, problem = h.Storage(ctx); problem == nil {
		out.Durability, problem = h.Durability(ctx)
	}
	if problem != nil {
		out.Problem = problem.Error()
	}
	url, note, err := h.publicURL()
	if err != nil {
		out.Note = err.Error()
		return out
	}
	out.Listen, out.URL, out.Note = h.address.Load().String(), url, note
	return out
}

func (h *headquarters) issueCode(r *http.Request) (codeAnswer, error) {
	var asked codeRequest
	if err := readAsked(r, &asked); err != nil {
		return codeAnswer{}, err
	}
	if asked.Store == "" {
		asked.Store = string(h.own)
	}
	if asked.Store == "" {
		return codeAnswer{}, fail(exitUsage, "name the store with --store; a new one is made", errors.New("a code is for a store"))
	}
	url, note, err := h.publicURL()
	if err != nil {
		return codeAnswer{}, err
	}
	store, err := h.storeFor(r.Context(), asked)
	if err != nil {
		return codeAnswer{}, err
	}
	issue := h.IssueCode
	if asked.Hub {
		issue = h.IssueHubCode
	}
	secret, err := issue(r.Context(), store, asked.Name, codeLife)
	if errors.Is(err, hq.ErrHubTaken) {
		return codeAnswer{}, fail(exitData, "`loyaltyd terminal replace` puts another machine in its place", err)
	}
	if errors.Is(err, hq.ErrNameTaken) {
		return codeAnswer{}, fail(exitData, "choose another --name: receipts and reports tell tills apart by it", err)
	}
	if err != nil {
		return codeAnswer{}, err
	}
	code := wire.EnrollmentCode{URL: url, Fingerprint: ledger.Fingerprint(h.PublicKey()), Secret: secret}
	return codeAnswer{code.Text(), time.Now().Add(codeLife).UTC().Truncate(time.Second), url, note}, nil
}

// storeFor makes the store that is asked for where there is none yet, or
// where it is to be called otherwise.
func (h *headquarters) storeFor(ctx context.Context, asked codeRequest) (ledger.StoreID, error) {
	store, err := newStore(h.config, asked.Store, asked.StoreName)
	if err != nil {
		return "", fail(exitData, "", err)
	}
	known, err := h.Store(ctx, store.ID)
	switch {
	case err == nil && asked.StoreName == "":
		return known.ID, nil
	case err == nil:
		known.Name = asked.StoreName
		store = known
	case !errors.Is(err, records.ErrNotFound):
		return "", err
	default:
		if err := checkPlace(store); err != nil {
			return "", err
		}
	}
	return store.ID, notAssigned(h.CreateStore(ctx, store))
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
