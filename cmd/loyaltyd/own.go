package main

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// hqOptions are what a look at a folder's headquarters needs.
func hqOptions(config configs.Config) hq.Options {
	options := hq.Options{Dir: config.DataDir, Now: time.Now}
	if lookAt(config.DataDir).ownHeadquarters() {
		options.MaxStop = ownMaxStop
	} else {
		options.Database = string(config.HQ.Database)
		options.Replica = config.HQ.Durability == configs.ByReplica
	}
	return options
}

// ownMaxStop is for how long the machine of a shop may be switched off
// before its clock must be looked at: weekends and holidays are not.
const ownMaxStop = 10 * 24 * time.Hour

// errRetired is why a till's own headquarters opens no more.
var errRetired = errors.New("it retired: set headquarters.url to where its file was imported, and this till goes on there")

// ownStatus is how the headquarters stands that a till carries inside itself.
type ownStatus struct {
	hq.Status
	Retired bool   `json:"retired,omitempty"`
	Older   bool   `json:"older,omitempty"`   // an earlier release wrote it, and its daemon has not started since
	Problem string `json:"problem,omitempty"` // it cannot be read; then nothing else is known
	away    bool   // its PostgreSQL is not reached, or fails
}

// readOwn reads it beside the daemon. A headquarters that cannot be read is
// what `status` is asked for to say.
func readOwn(ctx context.Context, config configs.Config) *ownStatus {
	if f := lookAt(config.DataDir); f.retired && !f.headquarters() {
		return &ownStatus{Retired: true, Problem: errRetired.Error()}
	}
	look, err := hq.OpenReadOnly(ctx, hqOptions(config))
	if err != nil {
		return &ownStatus{
			Problem: err.Error(), Older: errors.Is(err, sqlitedb.ErrOlderSchema), away: errors.As(err, new(*postgres.StorageError)),
		}
	}
	defer look.Close()
	status, err := look.Status(ctx)
	if err != nil {
		return &ownStatus{Problem: err.Error()}
	}
	return &ownStatus{Status: status}
}
