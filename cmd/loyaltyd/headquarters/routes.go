package headquarters

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// CodeRequest asks for an enrollment code.
type CodeRequest struct {
	Store     string `json:"store"`
	StoreName string `json:"store_name"`
	Name      string `json:"name"` // the terminal's
	Hub       bool   `json:"hub"`  // it is to be the store's hub
}

// CodeAnswer is a code to carry to a terminal.
type CodeAnswer struct {
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
	URL     string    `json:"url"`            // where the terminal will look for headquarters
	Note    string    `json:"note,omitempty"` // what to know of that
}

// Status is what a running headquarters says of itself.
type Status struct {
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
	Backup backups.Status `json:"backup"`
}

// CodeLife is how long an enrollment code is good.
const CodeLife = 24 * time.Hour

// Routes are what headquarters is asked at its daemon's desk. running gives
// it, or says why there is none now.
func Routes(running func() (*Local, error)) desk.Routes {
	ask := func(answer func(*Local, *http.Request) (any, error)) func(*http.Request) (any, error) {
		return func(r *http.Request) (any, error) {
			h, err := running()
			if err != nil {
				return nil, err
			}
			return answer(h, r)
		}
	}
	return desk.Routes{
		"GET /hq/status":        ask(func(h *Local, r *http.Request) (any, error) { return h.status(r.Context()), nil }),
		"POST /hq/codes":        ask(func(h *Local, r *http.Request) (any, error) { return h.issueCode(r) }),
		"POST /hq/replacements": ask(func(h *Local, r *http.Request) (any, error) { return h.replaceTerminal(r) }),
		"GET /hq/key":           ask(func(h *Local, r *http.Request) (any, error) { return h.KeyState(r.Context()) }),
		"POST /hq/key":          ask(func(h *Local, r *http.Request) (any, error) { return h.rotateKey(r) }),
		"GET /hq/stores":        ask(func(h *Local, r *http.Request) (any, error) { return h.listStores(r.Context()) }),
		"POST /hq/stores":       ask(func(h *Local, r *http.Request) (any, error) { return h.setStore(r) }),
		"GET /hq/programs":      ask(func(h *Local, r *http.Request) (any, error) { return h.listPrograms(r) }),
		"POST /hq/programs":     ask(func(h *Local, r *http.Request) (any, error) { return h.publish(r) }),
		"POST /hq/stops":        ask(func(h *Local, r *http.Request) (any, error) { return h.stopRule(r) }),
		"POST /hq/confirm":      ask(func(h *Local, r *http.Request) (any, error) { return h.confirm(r) }),
		"POST /hq/segments":     ask(func(h *Local, r *http.Request) (any, error) { return h.segment(r) }),
		"POST /hq/apps":         ask(func(h *Local, r *http.Request) (any, error) { return h.certifyApp(r) }),
		"GET /hq/recovery":      ask(func(h *Local, r *http.Request) (any, error) { return h.Recovery(r.Context()) }),
		"POST /hq/recovery": ask(func(h *Local, r *http.Request) (any, error) {
			if err := h.GoOn(r.Context()); err != nil {
				return nil, err
			}
			return h.Recovery(r.Context())
		}),
		"POST /hq/clock": ask(func(h *Local, r *http.Request) (any, error) {
			seen, accepted, err := h.AcceptClock(r.Context())
			return AcceptedClock{seen.Time(), accepted.Time()}, err
		}),
	}
}

func (h *Local) status(ctx context.Context) Status {
	out := Status{Fingerprint: ledger.Fingerprint(h.PublicKey())}
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

func (h *Local) issueCode(r *http.Request) (CodeAnswer, error) {
	var asked CodeRequest
	if err := desk.Read(r, &asked); err != nil {
		return CodeAnswer{}, err
	}
	var err error
	if asked.Name, err = named("--name", asked.Name); err != nil {
		return CodeAnswer{}, err
	}
	if asked.StoreName, err = named("--store-name", asked.StoreName); err != nil {
		return CodeAnswer{}, err
	}
	if asked.Store == "" {
		asked.Store = string(h.own)
	}
	if asked.Store == "" {
		return CodeAnswer{}, exit.Fail(exit.Usage, "name the store with --store; a new one is made", errors.New("a code is for a store"))
	}
	url, note, err := h.publicURL()
	if err != nil {
		return CodeAnswer{}, err
	}
	store, err := h.storeFor(r.Context(), asked)
	if err != nil {
		return CodeAnswer{}, err
	}
	issue := h.IssueCode
	if asked.Hub {
		issue = h.IssueHubCode
	}
	secret, err := issue(r.Context(), store, asked.Name, CodeLife)
	if errors.Is(err, hq.ErrHubTaken) {
		return CodeAnswer{}, exit.Fail(exit.Data, "`loyaltyd terminal replace` puts another machine in its place", err)
	}
	if errors.Is(err, hq.ErrNameTaken) {
		return CodeAnswer{}, exit.Fail(exit.Data, "choose another --name: receipts and reports tell tills apart by it", err)
	}
	if err != nil {
		return CodeAnswer{}, err
	}
	code := wire.EnrollmentCode{URL: url, Fingerprint: ledger.Fingerprint(h.PublicKey()), Secret: secret}
	return CodeAnswer{code.Text(), time.Now().Add(CodeLife).UTC().Truncate(time.Second), url, note}, nil
}

// storeFor makes the store that is asked for where there is none yet, or
// where it is to be called otherwise.
func (h *Local) storeFor(ctx context.Context, asked CodeRequest) (ledger.StoreID, error) {
	store, err := NewStore(h.config, asked.Store, asked.StoreName)
	if err != nil {
		return "", exit.Fail(exit.Data, "", err)
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

// NewStore makes a store of the configuration's country.
func NewStore(config configs.Config, id, name string) (wire.Store, error) {
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
