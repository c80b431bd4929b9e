package terminal

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// identify finds out who this till is and where its headquarters is: the one
// that it was enrolled at, or, where nobody said anything, one of its own.
func (t *Terminal) identify(ctx context.Context) (err error) {
	f := datadir.Look(t.Config.DataDir)
	if err := f.RefuseTill(t.Config); err != nil {
		return err
	}
	if !f.Key && t.Config.Headquarters.URL == "" {
		return t.found(ctx)
	}
	if t.Identity, err = datadir.ReadIdentity(t.Config.DataDir); err != nil {
		return err
	}
	if t.Identity.Hub {
		return exit.Fail(exit.Config, "`loyaltyd hub` runs it; a till belongs into a folder of its own",
			fmt.Errorf("%s is the folder of a hub", f.Dir))
	}
	if err := t.goOnAt(f); err != nil {
		return err
	}
	if !t.Identity.Own() && f.Joining {
		if err := datadir.FinishJoining(f.Dir, t.Identity); err != nil {
			return err
		}
		f = datadir.Look(f.Dir)
	}
	if !t.Identity.Own() || t.Config.Headquarters.URL != "" {
		return f.RefuseTwo(t.Config)
	}
	return t.openOwn(ctx)
}

// goOnAt makes a till another headquarters' for good whose own one retired, once it
// is told where that is: the other has its id and its keys.
func (t *Terminal) goOnAt(f datadir.Folder) error {
	url := t.Config.Headquarters.URL
	if !f.Retired || f.Headquarters() || !t.Identity.Own() || url == "" {
		return nil
	}
	t.Identity.URL = url
	return keys.WriteFile(datadir.KeyFile(f.Dir), t.Identity)
}

// found makes the till its own headquarters, once it is sure to stand: that is
// not undone, and whoever starts it twice by mistake wants none.
func (t *Terminal) found(ctx context.Context) error {
	if err := t.newOwn(t.Config.Store.ID); err != nil {
		return err
	}
	if err := t.bind(); err != nil {
		return err
	}
	f := &founding{own: t.own, dir: t.Config.DataDir}
	if err := f.found(ctx); err != nil {
		return err
	}
	t.Identity = f.id
	store := t.Identity.Store
	t.log.Warn().Stringer("terminal_id", t.Identity.Terminal).Str("store_id", string(store.ID)).Str("store", store.Name).
		Str("region", store.Region).Str("currency", string(store.Currency)).Str("time_zone", store.TimeZone).
		Msg("this till is its own headquarters from now on: it holds personal data, encrypted; whoever has the whole folder can read them, so guard it and its backups")
	return nil
}

func (t *Terminal) newOwn(store string) error {
	if t.program != nil && string(t.program.Currency()) != t.Config.Currency {
		return exit.Fail(exit.Config, "set currency to the program's, or program_file to one in the store's currency",
			fmt.Errorf("the store's currency is %s, and its program counts in %s", t.Config.Currency, t.program.Currency()))
	}
	id, err := ledger.ParseStoreID(store)
	t.own = &embedded{config: t.Config, log: t.log, program: t.program, programProblem: t.programProblem, store: id}
	return err
}

// openOwn opens the headquarters that this till was enrolled at. Where that
// fails the till sells all the same, as one whose headquarters is far away.
func (t *Terminal) openOwn(ctx context.Context) error {
	if configured := t.Config.Store.ID; configured != string(t.Identity.Store.ID) {
		return exit.Fail(exit.Config, fmt.Sprintf("set store.id to %q", t.Identity.Store.ID),
			fmt.Errorf("this till is of store %q, and store.id says %q: a store keeps its id", t.Identity.Store.ID, configured))
	}
	if err := t.newOwn(t.Config.Store.ID); err != nil {
		return err
	}
	t.own.pinned = t.Identity.PublicKey
	if err := forgetFounding(t.Config.DataDir); err != nil {
		return err
	}
	if err := t.own.open(ctx); err != nil {
		t.log.Error().Err(err).Msg("this till's own headquarters does not open: working offline")
		return nil
	}
	return t.adoptStore(ctx)
}

// adoptStore makes what the configuration says of the store hold.
func (t *Terminal) adoptStore(ctx context.Context) error {
	store, err := ownStore(t.Config)
	if err != nil || store == t.Identity.Store {
		return err
	}
	if err := t.own.opened.Load().CreateStore(ctx, store); err != nil {
		return notAdopted(err)
	}
	t.Identity.Store = store
	if err := keys.WriteFile(datadir.KeyFile(t.Config.DataDir), t.Identity); err != nil {
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
	return headquarters.NewStore(config, config.Store.ID, config.Store.Name)
}

// transport leads to the till's headquarters.
func (t *Terminal) transport() hqsync.Transport {
	if t.own != nil {
		return t.own
	}
	// The exchange knows the keys that followed the pinned one, and is not made yet.
	t.http = hqsync.NewHTTP(cmp.Or(t.Config.Headquarters.URL, t.Identity.URL), func(key ed25519.PublicKey) bool { return t.exchange.Trusts(key) })
	if t.near != nil {
		return t.near.via(t.http)
	}
	return t.http
}

// closeOwn closes the till's own headquarters, if it has one.
func (t *Terminal) closeOwn() error {
	if t.own == nil {
		return nil
	}
	return t.own.Close()
}
