package offline

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// columns are what stands beside a body.
type columns struct {
	row
	epoch         ledger.Epoch
	seq           ledger.Seq
	kind          ledger.Kind
	subject, date string
	at            ledger.Millis
}

// rows walks the chain.
func (c *check) rows() error {
	prev := ledger.Hash{}
	for first := int64(1); first <= c.last; first += rowsAtOnce {
		rows, err := c.readColumns(first)
		if err != nil {
			return err
		}
		for i, r := range rows {
			if want := first + int64(i); r.n != want {
				c.find(want, "the row is missing")
				return nil // what follows is not at its place
			}
			if e := c.lineage.of(r.n); r.n == e.base+1 {
				prev = e.begins
			}
			if err := c.checkRow(r, prev); err != nil {
				return err
			}
			prev = r.hash
		}
		c.progress(min(int(first)+len(rows)-1, int(c.last)), int(c.last))
	}
	return nil
}

func (c *check) readColumns(first int64) ([]columns, error) {
	rows, err := c.tx.Query(`
		SELECT n, epoch, seq, id, kind, subject, coalesce(business_day_date, ''), at_ms,
			body, body_hash, hash, coalesce(orig_n, 0)
		FROM journal
		WHERE n >= ?
		ORDER BY n
		LIMIT ?`, first, rowsAtOnce)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	defer rows.Close()
	var out []columns
	for rows.Next() {
		var r columns
		err := rows.Scan(&r.n, &r.epoch, &r.seq, &r.id, &r.kind, &r.subject, &r.date, &r.at,
			&r.body, &r.bodyHash, &r.hash, &r.orig)
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (c *check) checkRow(r columns, prev ledger.Hash) error {
	place := c.lineage.place(c.report.Terminal, r.n)
	if r.epoch != place.Epoch || r.seq != place.Seq {
		c.find(r.n, "its columns say %d.%d", r.epoch, r.seq)
	}
	if ledger.Link(place, prev, r.bodyHash) != r.hash {
		c.find(r.n, "the chain is broken")
	}
	if isPruned(r.body) {
		return c.checkPruned(r)
	}
	if ledger.HashOf(r.body) != r.bodyHash {
		c.find(r.n, "the body is not the one that was hashed")
	}
	e, err := ledger.Decode(r.body)
	if err != nil {
		c.find(r.n, "the body cannot be read: %v", err)
		return nil
	}
	if e.ID.String() != r.id || e.Kind != r.kind || string(e.Subject) != r.subject || string(e.Day) != r.date || e.At != r.at {
		c.find(r.n, "its columns differ from its body")
	}
	c.ofItsDay(r.n, r.date)
	if r.orig != 0 {
		return c.checkOrig(r)
	}
	return c.firstPlace(r, e)
}

// checkOrig compares an entry written again with its first place.
func (c *check) checkOrig(r columns) error {
	var id string
	var hash ledger.Hash
	err := c.tx.QueryRow(`SELECT id, body_hash FROM journal WHERE n = ? AND n < ? AND orig_n IS NULL`, r.orig, r.n).Scan(&id, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		c.find(r.n, "its first place is not here")
		return nil
	}
	if err != nil {
		return fmt.Errorf("read first place: %w", err)
	}
	if id != r.id || hash != r.bodyHash {
		c.find(r.n, "another entry stands at its first place")
	}
	return nil
}

// firstPlace counts what an entry does, once.
func (c *check) firstPlace(r columns, e *ledger.Entry) error {
	var others int
	err := c.tx.QueryRow(`SELECT count(*) FROM journal WHERE id = ? AND orig_n IS NULL`, r.id).Scan(&others)
	if err != nil {
		return fmt.Errorf("look for its id: %w", err)
	}
	if others != 1 {
		c.find(r.n, "its id stands at %d first places", others)
	}
	if e.Kind == ledger.RightReturn {
		c.returned[e.End.Right] += e.End.Amount
		return nil
	}
	taken, err := takenRights(e)
	if err != nil {
		return err
	}
	for right, amount := range taken {
		c.spent[right] += amount
	}
	if key, keyed := keyOf(e); keyed {
		c.keys++
		return c.keyed(r, e, key)
	}
	return nil
}

// keyed looks for the key of a sale or return, and for what it is found by.
func (c *check) keyed(r columns, e *ledger.Entry, key saleKey) error {
	var entry, receipt, of string
	err := c.tx.QueryRow(`
		SELECT entry, coalesce(receipt, ''), coalesce(of_entry, '')
		FROM sale
		WHERE business_day_date = ? AND sale_id = ?`, key.day, key.id).Scan(&entry, &receipt, &of)
	if errors.Is(err, sql.ErrNoRows) {
		c.find(r.n, "%s %q of %s has no key", e.Kind, key.id, key.day)
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a sale: %w", err)
	}
	if entry != r.id {
		c.find(r.n, "%s %q of %s is keyed to entry %s", e.Kind, key.id, key.day, entry)
		return nil
	}
	var wantReceipt, wantOf string
	switch {
	case e.Sale != nil:
		wantReceipt = e.Sale.Receipt
	case e.Return != nil && !e.Return.Of.Entry.IsZero():
		wantOf = e.Return.Of.Entry.String()
	}
	if receipt != wantReceipt {
		c.find(r.n, "it is found by receipt %q, its paper says %q", receipt, wantReceipt)
	}
	if of != wantOf {
		c.find(r.n, "it is found as a return of another sale")
	}
	return nil
}
