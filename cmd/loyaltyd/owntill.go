package main

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// identify finds out who this till is and where its headquarters is: the one
// that it was enrolled at, or, where nobody said anything, one of its own.
func (t *terminal) identify(ctx context.Context) (err error) {
	f := datadir.Look(t.config.DataDir)
	if err := f.RefuseTill(t.config); err != nil {
		return err
	}
	if !f.Key && t.config.Headquarters.URL == "" {
		return t.found(ctx)
	}
	if t.identity, err = datadir.ReadIdentity(t.config.DataDir); err != nil {
		return err
	}
	if t.identity.Hub {
		return exit.Fail(exit.Config, "`loyaltyd hub` runs it; a till belongs into a folder of its own",
			fmt.Errorf("%s is the folder of a hub", f.Dir))
	}
	if err := t.goOnAt(f); err != nil {
		return err
	}
	if !t.identity.Own() && f.Joining {
		if err := datadir.FinishJoining(f.Dir, t.identity); err != nil {
			return err
		}
		f = datadir.Look(f.Dir)
	}
	if !t.identity.Own() || t.config.Headquarters.URL != "" {
		return f.RefuseTwo(t.config)
	}
	return t.openOwn(ctx)
}

// goOnAt makes a till another headquarters' for good whose own one retired, once it
// is told where that is: the other has its id and its keys.
func (t *terminal) goOnAt(f datadir.Folder) error {
	url := t.config.Headquarters.URL
	if !f.Retired || f.Headquarters() || !t.identity.Own() || url == "" {
		return nil
	}
	t.identity.URL = url
	return keys.WriteFile(datadir.KeyFile(f.Dir), t.identity)
}

// found makes the till its own headquarters, once it is sure to stand: that is
// not undone, and whoever starts it twice by mistake wants none.
func (t *terminal) found(ctx context.Context) error {
	if err := t.newOwn(t.config.Store.ID); err != nil {
		return err
	}
	if err := t.bind(); err != nil {
		return err
	}
	f := &founding{own: t.own, dir: t.config.DataDir}
	if err := f.found(ctx); err != nil {
		return err
	}
	t.identity = f.id
	store := t.identity.Store
	t.log.Warn().Stringer("terminal_id", t.identity.Terminal).Str("store_id", string(store.ID)).Str("store", store.Name).
		Str("region", store.Region).Str("currency", string(store.Currency)).Str("time_zone", store.TimeZone).
		Msg("this till is its own headquarters from now on: it holds personal data, encrypted; whoever has the whole folder can read them, so guard it and its backups")
	return nil
}

func (t *terminal) newOwn(store string) error {
	if t.program != nil && string(t.program.Currency()) != t.config.Currency {
		return exit.Fail(exit.Config, "set currency to the program's, or program_file to one in the store's currency",
			fmt.Errorf("the store's currency is %s, and its program counts in %s", t.config.Currency, t.program.Currency()))
	}
	id, err := ledger.ParseStoreID(store)
	t.own = &embedded{config: t.config, log: t.log, program: t.program, programProblem: t.programProblem, store: id}
	return err
}

// openOwn opens the headquarters that this till was enrolled at. Where that
// fails the till sells all the same, as one whose headquarters is far away.
func (t *terminal) openOwn(ctx context.Context) error {
	if configured := t.config.Store.ID; configured != string(t.identity.Store.ID) {
		return exit.Fail(exit.Config, fmt.Sprintf("set store.id to %q", t.identity.Store.ID),
			fmt.Errorf("this till is of store %q, and store.id says %q: a store keeps its id", t.identity.Store.ID, configured))
	}
	if err := t.newOwn(t.config.Store.ID); err != nil {
		return err
	}
	t.own.pinned = t.identity.PublicKey
	if err := forgetFounding(t.config.DataDir); err != nil {
		return err
	}
	if err := t.own.open(ctx); err != nil {
		t.log.Error().Err(err).Msg("this till's own headquarters does not open: working offline")
		return nil
	}
	return t.adoptStore(ctx)
}

// adoptStore makes what the configuration says of the store hold.
func (t *terminal) adoptStore(ctx context.Context) error {
	store, err := ownStore(t.config)
	if err != nil || store == t.identity.Store {
		return err
	}
	if err := t.own.opened.Load().CreateStore(ctx, store); err != nil {
		return notAdopted(err)
	}
	t.identity.Store = store
	if err := keys.WriteFile(datadir.KeyFile(t.config.DataDir), t.identity); err != nil {
		return err
	}
	t.log.Info().Str("store", store.Name).Str("region", store.Region).Str("currency", string(store.Currency)).
		Str("time_zone", store.TimeZone).Msg("store is now as configured")
	return nil
}

// notAdopted says what to do about a store that cannot be as configured.
func notAdopted(err error) error {
	if _, refused := errors.AsType[*hq.NotAssignable](err); refused {
		return exit.Fail(exit.Config, "set currency to the program's: a store keeps the currency that its program counts in", err)
	}
	return err
}

// ownStore is the store of a till that is its own headquarters.
func ownStore(config configs.Config) (wire.Store, error) {
	return newStore(config, config.Store.ID, config.Store.Name)
}

// transport leads to the till's headquarters.
func (t *terminal) transport() hqsync.Transport {
	if t.own != nil {
		return t.own
	}
	// The exchange knows the keys that followed the pinned one, and is not made yet.
	t.http = hqsync.NewHTTP(cmp.Or(t.config.Headquarters.URL, t.identity.URL), func(key ed25519.PublicKey) bool { return t.exchange.Trusts(key) })
	if t.near != nil {
		return t.near.via(t.http)
	}
	return t.http
}

// closeOwn closes the till's own headquarters, if it has one.
func (t *terminal) closeOwn() error {
	if t.own == nil {
		return nil
	}
	return t.own.Close()
}
