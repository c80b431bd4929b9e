package offline

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// enrollHere makes a member found by the identifier she enrolled with, from
// this transaction on, until the feed brings her.
func (p *pen) enrollHere(r ledger.Record) error {
	account, ok := r.Entry.Subject.Account()
	if r.Entry.Kind != ledger.Enroll || r.Identifier == nil || !ok {
		return nil
	}
	hash := p.store.opts.LookupKey.Hash(r.Identifier.Kind, r.Identifier.Value)
	p.store.mentions.add(hash)
	p.store.mentions.add(account)
	_, err := p.tx.Exec(`
		INSERT INTO local (hash, account, mask)
		VALUES (?, ?, ?)
		ON CONFLICT DO NOTHING`, hash[:], account, r.Identifier.Mask)
	if err != nil {
		return fmt.Errorf("keep local member: %w", err)
	}
	return nil
}

// survivor gives the account that another became, or itself.
func survivor(tx *sqlitedb.Tx, account string) (string, error) {
	var to string
	err := tx.QueryRow(`SELECT survivor FROM forward WHERE account = ?`, account).Scan(&to)
	if errors.Is(err, sql.ErrNoRows) {
		return account, nil
	}
	if err != nil {
		return "", fmt.Errorf("follow forward: %w", err)
	}
	return to, nil
}

// forward makes one account another's for ever, with all that is its here.
// Forwards are kept at their end: each leads to a survivor in one step.
func (p *pen) forward(f ledger.Forward) error {
	from := f.From.String()
	to, err := survivor(p.tx, f.To.String())
	if err != nil {
		return err
	}
	p.store.mentions.add(f.From)
	p.store.mentions.addText(to)
	if to == from {
		return fmt.Errorf("forward %s: it is itself the survivor", from)
	}
	for _, move := range []string{
		`INSERT INTO forward (survivor, account) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET survivor = excluded.survivor`,
		`UPDATE forward SET survivor = ? WHERE survivor = ?`,
		`UPDATE unsettled SET account = ? WHERE account = ?`,
		`UPDATE local SET account = ? WHERE account = ?`,
		`UPDATE rights SET account = ? WHERE account = ?`,
		`UPDATE hold SET account = ? WHERE account = ?`,
	} {
		if _, err := p.tx.Exec(move, to, from); err != nil {
			return fmt.Errorf("forward account: %w", err)
		}
	}
	p.forwards = true
	return nil
}

func haveForwards(tx *sqlitedb.Tx) (have bool, err error) {
	if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM forward)`).Scan(&have); err != nil {
		return false, fmt.Errorf("look for forwards: %w", err)
	}
	return have, nil
}
