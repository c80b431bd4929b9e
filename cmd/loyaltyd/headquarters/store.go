package headquarters

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// StoreRequest asks headquarters to make a store or to change one. What is empty
// stays as it is, and of a new store is what the configuration says.
type StoreRequest struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Program  string `json:"program"`
	TimeZone string `json:"time_zone"`
	Region   string `json:"region"`
}

// Store is a store in `hq stores --json`.
type Store struct {
	ID        ledger.StoreID  `json:"id"`
	Name      string          `json:"name"`
	Currency  ledger.Currency `json:"currency_code"`
	TimeZone  string          `json:"time_zone"`
	Region    string          `json:"region"`
	Program   string          `json:"program"`
	Terminals int             `json:"terminals"`
}

func (h *Local) listStores(ctx context.Context) ([]Store, error) {
	stores, err := h.Stores(ctx)
	out := []Store{}
	for _, s := range stores {
		out = append(out, Store{s.ID, s.Name, s.Currency, s.TimeZone, s.Region, s.Program, s.Terminals})
	}
	return out, err
}

func (h *Local) setStore(r *http.Request) (Store, error) {
	var asked StoreRequest
	if err := desk.Read(r, &asked); err != nil {
		return Store{}, err
	}
	if err := h.makeStore(r.Context(), asked); err != nil {
		return Store{}, notAssigned(err)
	}
	stores, err := h.listStores(r.Context())
	for _, s := range stores {
		if s.ID == ledger.StoreID(asked.ID) {
			return s, err
		}
	}
	return Store{}, cmp.Or(err, records.ErrNotFound)
}

func (h *Local) makeStore(ctx context.Context, asked StoreRequest) error {
	name, err := named("--name", asked.Name)
	if err != nil {
		return err
	}
	asked.Name = name
	store, err := NewStore(h.config, asked.ID, asked.Name)
	if err != nil {
		return exit.Fail(exit.Data, "", err)
	}
	stands, err := h.Store(ctx, store.ID)
	switch {
	case err == nil && asked.TimeZone+asked.Region != "":
		return exit.Fail(exit.Usage, "leave --time-zone and --region out", errors.New("a store that stands keeps its time zone and region: its tills go by them"))
	case err == nil:
		return h.changeStore(ctx, stands, asked)
	case !errors.Is(err, records.ErrNotFound):
		return err
	}
	store.TimeZone, store.Region = cmp.Or(asked.TimeZone, store.TimeZone), cmp.Or(asked.Region, store.Region)
	if err := checkPlace(store); err != nil {
		return err
	}
	if asked.Program == "" {
		return h.CreateStore(ctx, store)
	}
	if current, _ := h.InForce(asked.Program); current != nil {
		store.Currency = current.Currency()
	}
	return h.CreateStoreFor(ctx, store, asked.Program)
}

// checkPlace refuses a new store in a place that is not known: it keeps its time
// zone and region, and no phone number could be read there.
func checkPlace(store wire.Store) error {
	if _, err := time.LoadLocation(store.TimeZone); err != nil || store.TimeZone == "" || store.TimeZone == "Local" {
		return exit.Fail(exit.Data, "write it as in Europe/Istanbul", fmt.Errorf("time zone %q is not known", store.TimeZone))
	}
	if err := phone.CheckRegion(store.Region); err != nil {
		return exit.Fail(exit.Data, "write the two capital letters of ISO 3166, as in TR", err)
	}
	return nil
}

func (h *Local) changeStore(ctx context.Context, store wire.Store, asked StoreRequest) error {
	if asked.Name != "" && asked.Name != store.Name {
		store.Name = asked.Name
		if err := h.CreateStore(ctx, store); err != nil {
			return err
		}
	}
	if asked.Program == "" {
		return nil
	}
	return h.AssignProgram(ctx, store.ID, asked.Program)
}

func notAssigned(err error) error {
	if _, refused := errors.AsType[*hq.NotAssignable](err); refused {
		return exit.Fail(exit.Data, "`loyaltyd program list` names the chain's programs; `program publish --another` adds one, and `hq store set ID --program PROGRAM` gives it to a store", err)
	}
	return err
}
