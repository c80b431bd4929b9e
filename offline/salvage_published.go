package offline

import (
	"context"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// publications keeps what headquarters published, in its order: by it the till
// knows its program before it reaches headquarters again, and hands it back to one
// that forgot it.
func (b *rebuild) publications(ctx context.Context) error {
	found, err := b.published(ctx)
	if err != nil {
		return err
	}
	return b.store.write(ctx, func(p *pen) error {
		for _, c := range found {
			if err := p.keepPublished(c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *rebuild) published(ctx context.Context) (found []ledger.Change, err error) {
	err = b.found.View(ctx, func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(`SELECT key, text, signature FROM publication ORDER BY n`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c ledger.Change
			var text, signature []byte
			if err := rows.Scan(&c.Key, &text, &signature); err != nil {
				return err
			}
			stop := ledger.SignedStop{Body: text, Signature: signature}
			if _, err := stop.Read(); err == nil {
				c.Stop = &stop
			} else {
				c.Program = &ledger.SignedProgram{Source: text, Signature: signature}
			}
			found = append(found, c)
		}
		return rows.Err()
	})
	return found, err
}
