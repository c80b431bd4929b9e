package offline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// OpenEpoch begins an epoch above the given one and above its own, on a new
// branch, from common, and writes again what followed common. All holds are
// gone and rights of the old branch are closed here. The zero head is common
// to all.
func (s *Store) OpenEpoch(ctx context.Context, above ledger.Epoch, common ledger.Head) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.openEpoch(ctx, above, common)
}

func (s *Store) openEpoch(ctx context.Context, above ledger.Epoch, common ledger.Head) error {
	branch := ledger.NewBranch()
	var lost lostBodies
	err := s.write(ctx, func(p *pen) (err error) {
		if p.head.Branch == branch {
			return nil // an errored COMMIT had become durable
		}
		lost, err = p.openEpoch(above, common, branch)
		return err
	})
	if err != nil {
		return fmt.Errorf("open epoch: %w", err)
	}
	s.opening.Unreadable += lost.damaged
	s.opening.Pruned += lost.pruned
	_ = s.writeMark()
	return nil
}

// lostBodies are those that a new epoch could not write again.
type lostBodies struct{ damaged, pruned int }

func (p *pen) openEpoch(above ledger.Epoch, common ledger.Head, branch ledger.Branch) (lost lostBodies, err error) {
	known, err := knows(p.tx, p.lineage, p.last, common)
	if err != nil {
		return lost, err
	}
	if !known {
		return lost, fmt.Errorf("head %d.%d is not in this journal", common.Epoch, common.Seq)
	}
	above = max(above, p.head.Epoch)
	if above == math.MaxUint32 {
		return lost, errors.New("epochs are used up: enroll the terminal anew")
	}
	again := p.lineage.after(common.Epoch, common.Seq, p.last)
	forgotten := p.before(common, p.exchange.acked)
	if err := p.beginEpoch(above+1, branch, common); err != nil {
		return lost, err
	}
	for _, r := range again {
		of, err := p.putAgain(r)
		if err != nil {
			return lost, err
		}
		lost.damaged += of.damaged
		lost.pruned += of.pruned
	}
	if err := p.moveTo(p.lineage.current(), forgotten); err != nil {
		return lost, err
	}
	p.exchange.acked, p.exchange.token = common, ""
	p.exchange.erasures.after = p.last // what was written before is written again
	return lost, p.exchange.save(p.tx)
}

// beginEpoch starts a chain that goes on from a head of this journal.
func (p *pen) beginEpoch(number ledger.Epoch, branch ledger.Branch, from ledger.Head) error {
	e := epoch{number: number, branch: branch, begins: from.Hash, base: p.last, from: from.Epoch, fromSeq: from.Seq}
	if i := p.lineage.index(from.Epoch); i >= 0 && from.Seq == 0 {
		e.begins = p.lineage[i].begins // a head at 0 may be known by its epoch alone
	}
	return p.startEpoch(e, ledger.MillisOf(p.now))
}

// startEpoch goes on with an epoch whose base is the last row.
func (p *pen) startEpoch(e epoch, at ledger.Millis) error {
	_, err := p.tx.Exec(`
		INSERT INTO epoch (epoch, branch, begins, base_n, from_epoch, from_seq, began_at_ms)
		VALUES (?, ?, ?, ?, ?, ?, ?)`,
		e.number, e.branch, e.begins, e.base, e.from, e.fromSeq, at)
	if err != nil {
		return fmt.Errorf("begin epoch %d: %w", e.number, err)
	}
	p.lineage = append(slices.Clip(p.lineage), e)
	p.head = ledger.Head{Epoch: e.number, Branch: e.branch, Hash: e.begins}
	return nil
}

// putAgain writes a run of entries at the end of the chain: the same bytes
// under the same ids. It leaves out and counts bodies that are damaged, or gone.
func (p *pen) putAgain(r run) (lost lostBodies, err error) {
	err = eachRow(p.tx, r, func(row row) error {
		switch {
		case isPruned(row.body):
			lost.pruned++
			return nil
		case ledger.HashOf(row.body) != row.bodyHash:
			lost.damaged++
			return nil
		}
		orig := cmp.Or(row.orig, row.n)
		if e, err := ledger.Decode(row.body); err == nil {
			return p.put(e, row.body, orig)
		}
		return p.putUnread(row, orig)
	})
	return lost, err
}

// putUnread writes an entry again that another release wrote and this one cannot read: it
// is whole, and what its columns say it says itself.
func (p *pen) putUnread(r row, orig int64) error {
	c := columns{row: row{id: r.id, body: r.body, bodyHash: r.bodyHash, orig: orig}}
	err := p.tx.QueryRow(`SELECT kind, subject, coalesce(business_day_date, ''), at_ms FROM journal WHERE n = ?`, r.n).
		Scan(&c.kind, &c.subject, &c.date, &c.at)
	if err != nil {
		return fmt.Errorf("read row %d: %w", r.n, err)
	}
	return p.insert(c)
}

// moveTo takes what hangs on rows of earlier epochs to their place in the new
// one, and ends what was bound to the old branch. forgotten says that headquarters
// no longer has what it had acknowledged.
func (p *pen) moveTo(e epoch, forgotten bool) error {
	const latest = `(
		SELECT again.n
		FROM journal old JOIN journal again ON again.id = old.id AND again.epoch = ?1
		WHERE old.n = `
	for _, statement := range []string{
		`UPDATE unsettled SET n = ` + latest + `unsettled.n) WHERE EXISTS ` + latest + `unsettled.n)`,
		`UPDATE named SET n = ` + latest + `named.n) WHERE EXISTS ` + latest + `named.n)`,
		`UPDATE member_pin SET n = ` + latest + `member_pin.n) WHERE EXISTS ` + latest + `member_pin.n)`,
		`UPDATE attachment SET n = ` + latest + `attachment.n) WHERE EXISTS ` + latest + `attachment.n)`,
		`DELETE FROM hold`,
		`UPDATE rights SET held = 0, closed = coalesce(closed, 'epoch') WHERE epoch <> ?1`,
	} {
		var args []any
		if statement != `DELETE FROM hold` {
			args = []any{e.number}
		}
		if _, err := p.tx.Exec(statement, args...); err != nil {
			return fmt.Errorf("begin epoch %d: %w", e.number, err)
		}
	}
	if !forgotten || p.last == e.base {
		return nil
	}
	return p.unsettleAgain([]run{{epoch: e, first: e.base + 1, last: p.last}})
}
