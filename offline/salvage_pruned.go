package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// putPruned writes a row without its body at its own place, and the key that it
// had.
func (b *rebuild) putPruned(p *pen, r foundRow) error {
	if err := p.insert(r.columns); err != nil {
		return err
	}
	b.pruned = p.last
	if r.orig != 0 {
		return nil
	}
	return b.keyAsFound(p, r.id)
}

// keyAsFound keeps the key of an entry whose body does not tell it.
func (b *rebuild) keyAsFound(p *pen, entry string) error {
	var key [4]any // day, id, receipt, sale's entry
	var request []byte
	err := b.found.View(context.Background(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`
			SELECT business_day_date, sale_id, receipt, of_entry, request
			FROM sale
			WHERE entry = ?`, entry).Scan(&key[0], &key[1], &key[2], &key[3], &request)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = p.tx.Exec(`
		INSERT INTO sale (business_day_date, sale_id, entry, request, receipt, of_entry)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, key[0], key[1], entry, request, key[2], key[3])
	if err != nil {
		return fmt.Errorf("key what was found: %w", err)
	}
	return nil
}

// settlePruned says up to where bodies are gone, which headquarters had in a
// backup then, and keeps the days that they were of. One whose later entries are
// written again behind a gap is not kept: it would count them twice.
func (b *rebuild) settlePruned(p *pen) error {
	if b.pruned == 0 {
		return p.exchange.save(p.tx)
	}
	at := p.lineage.place(p.store.opts.Terminal, b.pruned)
	p.exchange.durable.Epoch, p.exchange.durable.Branch, p.exchange.durable.Seq = at.Epoch, at.Branch, at.Seq
	if err := p.exchange.save(p.tx); err != nil {
		return err
	}
	if err := p.prunedUpTo(b.pruned); err != nil {
		return fmt.Errorf("settle what was pruned: %w", err)
	}
	days, err := b.summaries(p.last)
	if err != nil {
		return err
	}
	for _, d := range days {
		if err := p.keepDay(d); err != nil {
			return err
		}
	}
	return nil
}

// summaries gives what was found of days that end up to a row.
func (b *rebuild) summaries(last int64) (days []keptDay, err error) {
	err = b.found.View(context.Background(), func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(`SELECT business_day_date, up_to_n, report FROM day_summary WHERE up_to_n <= ?`, last)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d keptDay
			if err := rows.Scan(&d.day, &d.upTo, &d.report); err != nil {
				return err
			}
			days = append(days, d)
		}
		return rows.Err()
	})
	return days, err
}
