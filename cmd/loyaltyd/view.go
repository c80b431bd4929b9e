package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

func storeOptions(config configs.Config, id identity, programs *loyalty.Versions) (offline.Options, error) {
	lookup, err := keys.ParseLookup(id.LookupKey)
	program := programs.At(time.Now())
	return offline.Options{
		Dir: journalDir(config), Terminal: id.Terminal, Store: id.Store.ID, LookupKey: lookup,
		Program: program.Ref().ID, Recall: programs.Memory(), Operator: config.OperatorID,
		PerTerminalCap: program.Offline().PerTerminal, MaxOffline: program.Offline().MaxAge, Now: time.Now,
	}, err
}

// journalDir is where a till writes what happens: in training a folder of its
// own inside the data folder, which nothing sends and nobody reads but
// trainees. The real journal is not even opened.
func journalDir(config configs.Config) string {
	if config.Training {
		return filepath.Join(config.DataDir, "training")
	}
	return config.DataDir
}

// openView reads a till's folder, beside a daemon or without one.
func openView(ctx context.Context, config configs.Config) (*offline.View, identity, error) {
	id, err := readIdentity(config.DataDir)
	if err != nil {
		return nil, id, err
	}
	program, problem := loadProgram(config)
	if problem != nil {
		if program, err = loyalty.Load(starter(config.Currency), "starter.yaml"); err != nil {
			return nil, id, err
		}
	}
	view, err := openViewFor(ctx, config, id, program)
	if err != nil {
		return nil, id, err
	}
	heard, err := hear(ctx, view, id, time.Now())
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
func openViewFor(ctx context.Context, config configs.Config, id identity, versions ...*loyalty.Program) (*offline.View, error) {
	zone, err := storeZone(id)
	if err != nil {
		return nil, err
	}
	options, err := storeOptions(config, id, loyalty.NewVersions(zone, versions...))
	if err != nil {
		return nil, err
	}
	view, err := offline.OpenReadOnly(ctx, options)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail(exitUnavailable, "`loyaltyd run` makes the journal at its first start", err)
	}
	return view, err
}
