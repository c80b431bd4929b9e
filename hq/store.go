package hq

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// CreateStore makes a store with a lookup key of its own, which has the chain's
// first program that counts in its currency; where programs count in others alone
// its error is *NotAssignable. Creating one that stands already changes only what
// is said of it, and it keeps its program and so its currency.
func (h *Headquarters) CreateStore(ctx context.Context, store wire.Store) error {
	return h.createStore(ctx, store, func(tx *database.Tx) (string, error) { return h.programFor(tx, store) })
}

// CreateStoreFor makes a new store that has a program of the chain's, in its
// currency. Its error is *NotAssignable where it cannot have it.
func (h *Headquarters) CreateStoreFor(ctx context.Context, store wire.Store, program string) error {
	return h.createStore(ctx, store, func(*database.Tx) (string, error) { return program, h.mayHave(store, program) })
}

func (h *Headquarters) createStore(ctx context.Context, store wire.Store, programFor func(*database.Tx) (string, error)) error {
	if err := checkStore(store); err != nil {
		return fmt.Errorf("create store: %w", err)
	}
	wrapped, sealed := h.keys.NewStoreKey(store.ID)
	err := h.update(ctx, func(tx *database.Tx) error {
		program, err := programFor(tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`
			INSERT INTO store (store, name, currency_code, time_zone, region, wrapped_key, sealed_lookup, position, program)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)
			ON CONFLICT (store) DO UPDATE
			SET name = excluded.name, currency_code = excluded.currency_code,
			    time_zone = excluded.time_zone, region = excluded.region`,
			store.ID, store.Name, store.Currency, store.TimeZone, store.Region, wrapped, sealed, program)
		if err != nil {
			return err
		}
		return posting.MarkAllForFeed(tx) // one that stands has heard of every member, or is about to
	})
	if err != nil {
		return fmt.Errorf("create store: %w", err)
	}
	return h.programsChanged(ctx) // it is to be told of them, and may be the first
}

// Store returns what is known of a store, or ErrNotFound.
func (r *reading) Store(ctx context.Context, id ledger.StoreID) (wire.Store, error) {
	var store records.Store
	err := r.view(ctx, func(tx *database.Tx) (err error) {
		store, err = records.ReadStore(tx, r.keys, id)
		return err
	})
	return store.Store, err
}

// StoreState is what headquarters knows of a store.
type StoreState struct {
	wire.Store
	Program   string `json:"program"`   // empty as long as none was published
	Terminals int    `json:"terminals"` // that are not fenced
}

// Stores returns all stores, in order of their ids.
func (r *reading) Stores(ctx context.Context) (all []StoreState, err error) {
	err = r.view(ctx, func(tx *database.Tx) error {
		rows, err := tx.Query(`
			SELECT s.store, s.name, s.currency_code, s.time_zone, s.region, s.program,
			       (SELECT count(*) FROM terminal t WHERE t.store = s.store AND t.fenced_at_ms IS NULL)
			FROM store s
			ORDER BY s.store`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s StoreState
			if err := rows.Scan(&s.ID, &s.Name, &s.Currency, &s.TimeZone, &s.Region, &s.Program, &s.Terminals); err != nil {
				return err
			}
			all = append(all, s)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read stores: %w", err)
	}
	return all, nil
}

func checkStore(store wire.Store) error {
	if _, err := ledger.ParseStoreID(string(store.ID)); err != nil {
		return err
	}
	if _, err := ledger.ParseCurrency(string(store.Currency)); err != nil {
		return err
	}
	if _, err := time.LoadLocation(store.TimeZone); err != nil {
		return fmt.Errorf("time zone %q: write it as in Europe/Istanbul", store.TimeZone)
	}
	if len(store.Region) != 2 {
		return fmt.Errorf("region %q: write the two letters of ISO 3166, as in TR", store.Region)
	}
	return nil
}
