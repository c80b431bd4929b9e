package hq

import (
	"context"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// Alive returns once the writer has had a turn: what holds the database for
// ever keeps it from returning before the context ends. An error of the disk is
// a turn too.
func (h *Headquarters) Alive(ctx context.Context) error {
	return h.db.Update(ctx, func(*database.Tx) error { return nil })
}
