package datadir

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// HQOptions are what a look at a folder's headquarters needs.
func HQOptions(config configs.Config) hq.Options {
	options := hq.Options{Dir: config.DataDir, Now: time.Now}
	if Look(config.DataDir).OwnHeadquarters() {
		options.MaxStop, options.SameClock = ownMaxStop, true
	} else {
		options.Database = string(config.HQ.Database)
		options.Replica = config.HQ.Durability == configs.ByReplica
	}
	return options
}

// ownMaxStop is for how long the machine of a shop may be switched off
// before its clock must be looked at: weekends and holidays are not.
const ownMaxStop = 10 * 24 * time.Hour

// ErrRetired is why a till's own headquarters opens no more.
var ErrRetired = errors.New("it retired: set headquarters.url to where its file was imported, and this till goes on there")

// OwnStatus is how the headquarters stands that a till carries inside itself.
type OwnStatus struct {
	hq.Status
	Retired bool   `json:"retired,omitempty"`
	Older   bool   `json:"older,omitempty"`   // an earlier release wrote it, and its daemon has not started since
	Problem string `json:"problem,omitempty"` // it cannot be read; then nothing else is known
	Away    bool   `json:"-"`                 // its PostgreSQL is not reached, or fails
}

// ReadOwn reads it beside the daemon. A headquarters that cannot be read is
// what `status` is asked for to say.
func ReadOwn(ctx context.Context, config configs.Config) *OwnStatus {
	if f := Look(config.DataDir); f.Retired && !f.Headquarters() {
		return &OwnStatus{Retired: true, Problem: ErrRetired.Error()}
	}
	look, err := hq.OpenReadOnly(ctx, HQOptions(config))
	if err != nil {
		return &OwnStatus{
			Problem: err.Error(), Older: errors.Is(err, sqlitedb.ErrOlderSchema), Away: errors.As(err, new(*postgres.StorageError)),
		}
	}
	defer look.Close()
	status, err := look.Status(ctx)
	if err != nil {
		return &OwnStatus{Problem: err.Error()}
	}
	return &OwnStatus{Status: status}
}
