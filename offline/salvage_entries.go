package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// foundEpoch is a life of the damaged journal.
type foundEpoch struct {
	epoch
	beganAt ledger.Millis
}

// foundRow is a row of the damaged journal.
type foundRow struct{ columns }

func (b *rebuild) readEpochs(ctx context.Context) error {
	return b.found.View(ctx, func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(`
			SELECT epoch, branch, begins, base_n, from_epoch, from_seq, began_at_ms
			FROM epoch
			ORDER BY epoch`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e foundEpoch
			if err := rows.Scan(&e.number, &e.branch, &e.begins, &e.base, &e.from, &e.fromSeq, &e.beganAt); err != nil {
				return err
			}
			b.epochs = append(b.epochs, e)
		}
		return rows.Err()
	})
}

// rows gives what was found from a row on, in order.
func (b *rebuild) rows(ctx context.Context, from int64) (out []foundRow, err error) {
	err = b.found.View(ctx, func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(`
			SELECT n, epoch, seq, id, kind, subject, coalesce(business_day_date, ''), at_ms,
				body, body_hash, hash, coalesce(orig_n, 0)
			FROM journal
			WHERE n >= ?
			ORDER BY n
			LIMIT ?`, from, foundAtOnce)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r foundRow
			err := rows.Scan(&r.n, &r.epoch, &r.seq, &r.id, &r.kind, &r.subject, &r.date, &r.at,
				&r.body, &r.bodyHash, &r.hash, &r.orig)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return rows.Err()
	})
	return out, err
}

// prefix writes the rows that follow each other from the first on, at their
// own places, and with them what headquarters had acknowledged.
func (b *rebuild) prefix(ctx context.Context) error {
	for more := true; more; {
		rows, err := b.rows(ctx, b.store.last+1)
		if err != nil {
			return err
		}
		var fit int
		err = b.store.write(ctx, func(p *pen) error {
			fit, err = b.putFitting(p, rows)
			return err
		})
		if err != nil {
			return err
		}
		b.entries += fit
		more = fit == foundAtOnce
	}
	if len(b.store.lineage) == 0 {
		return nil
	}
	return b.store.write(ctx, func(p *pen) (err error) {
		if p.exchange.acked, p.exchange.incarnation, err = b.lastAcked(p); err != nil {
			return err
		}
		return b.settlePruned(p)
	})
}

// putFitting writes rows as far as they follow the chain.
func (b *rebuild) putFitting(p *pen, rows []foundRow) (fit int, err error) {
	for _, r := range rows {
		if err := b.beginEpochs(p, r.n); err != nil {
			return fit, err
		}
		at := ledger.Place{Terminal: p.store.opts.Terminal, Epoch: p.head.Epoch, Branch: p.head.Branch, Seq: p.head.Seq + 1}
		if r.n != p.last+1 || r.epoch != at.Epoch || r.seq != at.Seq || !r.whole(at, p.head.Hash) {
			return fit, nil
		}
		if isPruned(r.body) {
			if err := b.putPruned(p, r); err != nil {
				return fit, err
			}
			fit++
			continue
		}
		if err := b.put(p, r); err != nil {
			return fit, err
		}
		fit++
	}
	return fit, nil
}

// put writes a row at the end of the chain, with what belongs to it.
func (b *rebuild) put(p *pen, r foundRow) error {
	e, err := ledger.Decode(r.body)
	if err != nil {
		return b.putUnread(p, r)
	}
	if err := p.put(e, r.body, r.orig); err != nil {
		return err
	}
	return b.beside(p, e, r)
}

// putUnread writes an entry that another release wrote and this one cannot read: what it
// adds up to is shown once headquarters has counted it.
func (b *rebuild) putUnread(p *pen, r foundRow) error {
	if err := p.insert(r.columns); err != nil {
		return err
	}
	if r.orig != 0 {
		return b.follow(p, r)
	}
	e := readFar(r.body)
	if err := b.count(e); err != nil {
		return err
	}
	record, err := b.record(e, r)
	if err != nil {
		return err
	}
	if err := p.attach(record); err != nil {
		return err
	}
	return b.keyAsFound(p, r.id)
}

// beginEpochs begins those epochs that begin before a row.
func (b *rebuild) beginEpochs(p *pen, n int64) error {
	for _, e := range b.epochs {
		if e.number <= p.head.Epoch || e.base != p.last || e.base >= n {
			continue
		}
		known, err := knows(p.tx, p.lineage, p.last, ledger.Head{Epoch: e.from, Branch: b.branchOf(e.from), Seq: e.fromSeq, Hash: e.begins})
		if err != nil || !known && e.from != 0 {
			return err
		}
		if err := p.startEpoch(e.epoch, e.beganAt); err != nil {
			return err
		}
	}
	return nil
}

// branchOf gives the branch of an epoch of the damaged journal; zero where it
// is not known.
func (b *rebuild) branchOf(number ledger.Epoch) ledger.Branch {
	for _, e := range b.epochs {
		if e.number == number {
			return e.branch
		}
	}
	if b.old.head.Epoch == number {
		return b.old.head.Branch
	}
	return ledger.Branch{}
}

// remainder writes again what stood behind the first gap.
func (b *rebuild) remainder(ctx context.Context) error {
	from := int64(b.entries) + 1
	for {
		rows, err := b.rows(ctx, from)
		if err != nil || len(rows) == 0 {
			return err
		}
		err = b.store.write(ctx, func(p *pen) error {
			for _, r := range rows {
				if err := b.putElsewhere(p, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		from = rows[len(rows)-1].n + 1
	}
}

// putElsewhere writes an entry under the new epoch and remembers its first
// place, by which headquarters judges its spends.
func (b *rebuild) putElsewhere(p *pen, r foundRow) error {
	if isPruned(r.body) {
		return nil // headquarters has it
	}
	var stands bool
	if err := p.tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM journal WHERE id = ?)`, r.id).Scan(&stands); err != nil {
		return fmt.Errorf("look for entry: %w", err)
	}
	if stands {
		return nil
	}
	first, err := b.firstPlace(r)
	if err != nil {
		return err
	}
	r.orig = 0
	if err := b.put(p, r); err != nil {
		return err
	}
	b.entries++
	if branch := b.branchOf(first.epoch); branch != (ledger.Branch{}) {
		_, err := p.tx.Exec(`INSERT INTO salvaged (n, epoch, branch, seq) VALUES (?, ?, ?, ?)`,
			p.last, first.epoch, branch, first.seq)
		if err != nil {
			return fmt.Errorf("remember first place: %w", err)
		}
	}
	return nil
}

// firstPlace gives the row where an entry was written first, if it was found.
func (b *rebuild) firstPlace(r foundRow) (first foundRow, err error) {
	if r.orig == 0 {
		return r, nil
	}
	err = b.found.View(context.Background(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT epoch, seq FROM journal WHERE n = ? AND id = ?`, r.orig, r.id).Scan(&first.epoch, &first.seq)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil
	}
	return first, err
}

// beside writes what belongs to the entry just put and is not in its body.
func (b *rebuild) beside(p *pen, e *ledger.Entry, r foundRow) error {
	if r.orig != 0 {
		return b.follow(p, r)
	}
	if err := b.count(e); err != nil {
		return err
	}
	record, err := b.record(e, r)
	if err != nil {
		return err
	}
	if err := p.key(record); err != nil && !sqlitedb.IsConstraint(err) {
		return err
	}
	if err := p.attach(record); err != nil {
		return err
	}
	if err := b.local(p, e); err != nil {
		return err
	}
	return p.unsettle(e)
}

// follow takes what hangs on an entry's earlier row to the one just put.
func (b *rebuild) follow(p *pen, r foundRow) error {
	for _, move := range []string{
		`UPDATE unsettled SET n = ?1 WHERE n IN (SELECT n FROM journal WHERE id = ?2)`,
		`UPDATE attachment SET n = ?1 WHERE n IN (SELECT n FROM journal WHERE id = ?2)`,
	} {
		if _, err := p.tx.Exec(move, p.last, r.id); err != nil {
			return fmt.Errorf("move to the later place: %w", err)
		}
	}
	return nil
}

// count adds up what entries did to rights.
func (b *rebuild) count(e *ledger.Entry) error {
	taken, err := takenRights(e)
	if err != nil {
		return err
	}
	for right, amount := range taken {
		b.spent[right] += amount
	}
	if e.Kind == ledger.RightReturn {
		b.returned[e.End.Right] += e.End.Amount
	}
	return nil
}

// record gathers what was found of an entry's own.
func (b *rebuild) record(e *ledger.Entry, r foundRow) (ledger.Record, error) {
	record := ledger.Record{Entry: e, Body: r.body}
	err := b.found.View(context.Background(), func(tx *sqlitedb.Tx) error {
		err := tx.QueryRow(`SELECT request FROM sale WHERE entry = ?`, r.id).Scan(&record.Request)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if e.Attachment.IsZero() {
			return nil
		}
		err = tx.QueryRow(`SELECT ciphertext FROM attachment WHERE sha256 = ?`, e.Attachment).Scan(&record.Attachment)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // sent without it, and said so at headquarters
		}
		return err
	})
	return record, err
}

// local makes a member found by what she enrolled with here, and by the cards
// that profiles gave her.
func (b *rebuild) local(p *pen, e *ledger.Entry) error {
	account, member := boundTo(e)
	if account.IsZero() {
		return nil
	}
	bound, err := b.bound(account, member)
	if err != nil {
		return err
	}
	for _, l := range bound {
		_, err := p.tx.Exec(`INSERT INTO local (hash, account, mask, member, n) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			l.hash, account, l.mask, member, p.last)
		if err != nil {
			return fmt.Errorf("keep local member: %w", err)
		}
	}
	return nil
}

// localRow is an identifier that was bound here.
type localRow struct {
	hash []byte
	mask string
}

// bound gives what was found of the identifiers of an account's member; none where
// the feed has brought them, or will.
func (b *rebuild) bound(account ledger.AccountID, member string) (bound []localRow, err error) {
	err = b.found.View(context.Background(), func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(`SELECT hash, mask FROM local WHERE account = ? AND member = ?`, account, member)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l localRow
			if err := rows.Scan(&l.hash, &l.mask); err != nil {
				return err
			}
			bound = append(bound, l)
		}
		return rows.Err()
	})
	return bound, err
}
