package hub

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Status is how a hub stands.
type Status struct {
	Lanes []LaneStatus `json:"lanes"`
	// Relayed entries are kept for headquarters, which has not taken them yet;
	// Refused ones it did not take when they were brought: their lane brings them, or
	// they are brought again.
	Relayed int `json:"relayed"`
	Refused int `json:"refused"`
	News    int `json:"news"` // entries that no row of headquarters counts yet
	// Introduced are identifiers of members whom headquarters' feed has not brought yet.
	Introduced int `json:"introduced"`
}

// LaneStatus is what the hub has of a lane.
type LaneStatus struct {
	Terminal ledger.TerminalID `json:"terminal"`
	Name     string            `json:"name"`
	HeardAt  ledger.Millis     `json:"heard_at_ms"` // 0 never
	Relayed  int               `json:"relayed"`
}

// Status tells how the hub stands.
func (h *Hub) Status(ctx context.Context) (st Status, err error) {
	st.Lanes = []LaneStatus{}
	err = h.db.View(ctx, func(tx *sqlitedb.Tx) error {
		err := tx.QueryRow(`
			SELECT (SELECT coalesce(sum(entries), 0) FROM batch WHERE refused IS NULL),
			       (SELECT coalesce(sum(entries), 0) FROM batch WHERE refused IS NOT NULL),
			       (SELECT count(*) FROM news WHERE settled = 0),
			       (SELECT count(DISTINCT hash) FROM introduction WHERE withdrawn = 0)`).Scan(&st.Relayed, &st.Refused, &st.News, &st.Introduced)
		if err != nil {
			return err
		}
		rows, err := tx.Query(`
			SELECT l.terminal, l.name, l.heard_at_ms, coalesce((SELECT sum(entries) FROM batch b WHERE b.terminal = l.terminal AND b.refused IS NULL), 0)
			FROM lane l
			ORDER BY l.name, l.terminal`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l LaneStatus
			if err := rows.Scan(&l.Terminal, &l.Name, &l.HeardAt, &l.Relayed); err != nil {
				return err
			}
			st.Lanes = append(st.Lanes, l)
		}
		return rows.Err()
	})
	if err != nil {
		return st, fmt.Errorf("read hub: %w", err)
	}
	return st, nil
}
