package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Durability is how far what came in is kept a second time, so that terminals may
// forget it one day.
type Durability struct {
	// Replica says that a synchronous standby makes things durable, besides backups.
	Replica bool `json:"replica"`
	// Lacks is what keeps a standby from doing so, in words; empty where nothing does.
	Lacks string `json:"lacks,omitempty"`
	// At is when all was last durable that had come in by then; 0 never.
	At ledger.Millis `json:"durable_at_ms"`
	// Terminals are those of whose journals something is durable, of all that sent
	// something and are not fenced.
	Terminals int `json:"terminals"`
	Of        int `json:"of_terminals"`
}

// Durability tells how far what came in is durable.
func (r *reading) Durability(ctx context.Context) (d Durability, err error) {
	d.Replica = r.replica
	err = r.view(ctx, func(tx *database.Tx) error {
		err := tx.QueryRow(`
			SELECT c.durable_at_ms,
			       (SELECT count(*) FROM durable d JOIN terminal t ON t.terminal = d.terminal WHERE t.fenced_at_ms IS NULL),
			       (SELECT count(*) FROM terminal t WHERE t.fenced_at_ms IS NULL
			        AND EXISTS (SELECT 1 FROM epoch e WHERE e.terminal = t.terminal))
			FROM chain c`).Scan(&d.At, &d.Terminals, &d.Of)
		if err != nil || !r.replica || !r.postgres {
			return err
		}
		replication, err := postgres.ReadReplication(tx)
		d.Lacks = replication.Lacks()
		return err
	})
	if err != nil {
		return Durability{}, fmt.Errorf("read durability: %w", err)
	}
	return d, nil
}
