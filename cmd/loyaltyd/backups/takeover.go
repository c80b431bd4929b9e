package backups

import (
	"context"
	"errors"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// takenOver is `hq import --json`.
type takenOver struct {
	Chain       ledger.ChainID     `json:"chain"`
	Incarnation ledger.Incarnation `json:"incarnation"`
	Entries     int                `json:"entries"`
	Terminals   int                `json:"terminals"`
}

// ErrNotRetired says that a file is a backup.
var ErrNotRetired = errors.New("it is a backup, and what it is of may be at work")

// TakeOver makes an empty headquarters of what was unpacked.
func (r *Restoring) TakeOver(ctx context.Context, m backup.Manifest, to hq.Options, watch progress) (done takenOver, err error) {
	if !m.Retired || m.Headquarters == nil {
		return done, ErrNotRetired
	}
	if err := r.checkHeadquarters(ctx, m, watch); err != nil {
		return done, err
	}
	done = takenOver{Chain: m.Headquarters.Chain, Entries: m.Headquarters.Entries, Terminals: m.Headquarters.Terminals}
	done.Incarnation, err = custody.TakeOver(ctx, r.beside, to.Home())
	return done, err
}
