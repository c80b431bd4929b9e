package offline

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A right says that nobody else may spend an amount, not that its owner has it still:
// the sale that earned it may be voided here, or an operator may take it back. So a
// terminal nets its rights with what it knows.

// covered is how much of what rights here have free her balance covers, less what she
// owes and what is set aside here already. Where nothing takes from the balance the
// rights say it alone: one that headquarters gave on demand may be there before the
// row that has its points.
func (b unitBalance) covered(rights ledger.Points) ledger.Points {
	free, _ := b.free()
	if free >= 0 && !b.taken {
		return rights
	}
	return max(0, min(rights, free+b.escrowed+b.addedEscrowed-b.held))
}

// coveredRights are the open rights that something may be set aside of; free is as
// much of them as is covered.
func (p *pen) coveredRights(ctx context.Context, w wanted) (openShares, error) {
	open, err := p.openRights(w)
	if err != nil || open.free == 0 {
		return open, err
	}
	if _, use := w.Unit.Use(); use {
		return open, nil // uses are no balance
	}
	b, err := p.balance(ctx, w)
	open.free = b.covered(open.free)
	return open, err
}

// balance puts together the unit that is wanted. The directory is read after the
// journal, which this transaction keeps as it is: what the row does not count stands
// there.
func (p *pen) balance(ctx context.Context, w wanted) (unitBalance, error) {
	var none unitBalance
	var at sighting
	err := at.account.UnmarshalText([]byte(w.account))
	if err != nil {
		return none, fmt.Errorf("read balance: %w", err)
	}
	if at.fed, err = p.store.fedAccount(ctx, at.account); err != nil {
		return none, err
	}
	news, err := p.store.readNews(ctx, &at)
	if err != nil {
		return none, err
	}
	rows, err := readUnsettled(p.tx, w.account, w.program)
	if err != nil {
		return none, err
	}
	sheet := sheet{balances: at.balances}
	if err := sheet.addUnsettled(rows, p.lineage, at.applied, earlierIn(p.tx)); err != nil {
		return none, err
	}
	sheet.addNews(news)
	b := sheet.of(w.Unit)
	b.held, err = p.heldOf(w)
	return *b, err
}

// heldOf is what is set aside here of the unit that is wanted.
func (p *pen) heldOf(w wanted) (held ledger.Points, err error) {
	err = p.tx.QueryRow(`
		SELECT coalesce(sum(amount), 0)
		FROM hold
		WHERE account = ? AND program = ? AND unit = ?`, w.account, w.program, w.Unit).Scan(&held)
	if err != nil {
		return 0, fmt.Errorf("sum up holds: %w", err)
	}
	return held, nil
}
