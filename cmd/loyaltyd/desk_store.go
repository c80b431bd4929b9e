package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// storeRequest asks headquarters to make a store or to change one. What is empty
// stays as it is, and of a new store is what the configuration says.
type storeRequest struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Program  string `json:"program"`
	TimeZone string `json:"time_zone"`
	Region   string `json:"region"`
}

// shownStore is a store in `hq stores --json`.
type shownStore struct {
	ID        ledger.StoreID  `json:"id"`
	Name      string          `json:"name"`
	Currency  ledger.Currency `json:"currency_code"`
	TimeZone  string          `json:"time_zone"`
	Region    string          `json:"region"`
	Program   string          `json:"program"`
	Terminals int             `json:"terminals"`
}

func (h *headquarters) listStores(ctx context.Context) ([]shownStore, error) {
	stores, err := h.Stores(ctx)
	out := []shownStore{}
	for _, s := range stores {
		out = append(out, shownStore{s.ID, s.Name, s.Currency, s.TimeZone, s.Region, s.Program, s.Terminals})
	}
	return out, err
}

func (h *headquarters) setStore(r *http.Request) (shownStore, error) {
	var asked storeRequest
	if err := readAsked(r, &asked); err != nil {
		return shownStore{}, err
	}
	if err := h.makeStore(r.Context(), asked); err != nil {
		return shownStore{}, notAssigned(err)
	}
	stores, err := h.listStores(r.Context())
	for _, s := range stores {
		if s.ID == ledger.StoreID(asked.ID) {
			return s, err
		}
	}
	return shownStore{}, cmp.Or(err, records.ErrNotFound)
}

func (h *headquarters) makeStore(ctx context.Context, asked storeRequest) error {
	store, err := newStore(h.config, asked.ID, asked.Name)
	if err != nil {
		return fail(exitData, "", err)
	}
	stands, err := h.Store(ctx, store.ID)
	switch {
	case err == nil && asked.TimeZone+asked.Region != "":
		return fail(exitUsage, "leave --time-zone and --region out", errors.New("a store that stands keeps its time zone and region: its tills go by them"))
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
		return fail(exitData, "write it as in Europe/Istanbul", fmt.Errorf("time zone %q is not known", store.TimeZone))
	}
	if err := phone.CheckRegion(store.Region); err != nil {
		return fail(exitData, "write the two capital letters of ISO 3166, as in TR", err)
	}
	return nil
}

func (h *headquarters) changeStore(ctx context.Context, store wire.Store, asked storeRequest) error {
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
		return fail(exitData, "`loyaltyd program list` names the chain's programs; `program publish --another` adds one, and `hq store set ID --program PROGRAM` gives it to a store", err)
	}
	return err
}
