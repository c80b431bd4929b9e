// Package inquiry answers what people ask of headquarters: who a member is to it and
// what happened to her, what terminals are and may spend, what proves what one of
// them wrote. It changes nothing; what a table says is package records'.
package inquiry

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// Desk answers from the database of one headquarters. Its methods may be called from
// any goroutine.
type Desk struct {
	keys keyring.Ring
	view func(context.Context, func(*database.Tx) error) error
	now  func() time.Time
}

// NewDesk answers with a headquarters' keys from its database as of the present.
func NewDesk(keys keyring.Ring, db database.Reader, now func() time.Time) Desk {
	return Desk{keys: keys, view: db.View, now: now}
}
