package datadir

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// OpenView reads a till's folder, beside a daemon or without one.
func OpenView(ctx context.Context, config configs.Config) (*offline.View, Identity, error) {
	id, err := ReadIdentity(config.DataDir)
	if err != nil {
		return nil, id, err
	}
	program, problem := LoadProgram(config)
	if problem != nil {
		if program, err = loyalty.Load(configs.StarterIn(config.Currency), "starter.yaml"); err != nil {
			return nil, id, err
		}
	}
	view, err := openViewFor(ctx, config, id, program)
	if err != nil {
		return nil, id, err
	}
	heard, err := Hear(ctx, view, id, time.Now())
	if err == nil && len(heard.Versions) == 0 {
		err = problem
	}
	if err != nil {
		return nil, id, errors.Join(err, view.Close())
	}
	if len(heard.Versions) == 0 {
		return view, id, nil
	}
	if err := view.Close(); err != nil {
		return nil, id, err
	}
	view, err = openViewFor(ctx, config, id, heard.Versions...)
	return view, id, err
}

// openViewFor reads a till's folder as of one program.
func openViewFor(ctx context.Context, config configs.Config, id Identity, versions ...*loyalty.Program) (*offline.View, error) {
	zone, err := StoreZone(id)
	if err != nil {
		return nil, err
	}
	options, err := StoreOptions(config, id, loyalty.NewVersions(zone, versions...))
	if err != nil {
		return nil, err
	}
	view, err := offline.OpenReadOnly(ctx, options)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, exit.Fail(exit.Unavailable, "`loyaltyd run` makes the journal at its first start", err)
	}
	return view, err
}

// StoreOptions are what opens the store of a till for its program.
func StoreOptions(config configs.Config, id Identity, programs *loyalty.Versions) (offline.Options, error) {
	lookup, err := keys.ParseLookup(id.LookupKey)
	program := programs.At(time.Now())
	return offline.Options{
		Dir: JournalDir(config), Terminal: id.Terminal, Store: id.Store.ID, LookupKey: lookup,
		Program: program.Ref().ID, Recall: programs.Memory(), Operator: config.OperatorID,
		PerTerminalCap: program.Offline().PerTerminal, MaxOffline: program.Offline().MaxAge, Now: time.Now,
	}, err
}

// JournalDir is where a till writes what happens: in training a folder of its
// own inside the data folder, which nothing sends and nobody reads but
// trainees. The real journal is not even opened.
func JournalDir(config configs.Config) string {
	if config.Training {
		return filepath.Join(config.DataDir, "training")
	}
	return config.DataDir
}
