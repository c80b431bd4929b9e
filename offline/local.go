package offline

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// bindHere makes a member found by the identifier she enrolled with, or that a
// profile gives her, from this transaction on, until the feed brings it as hers
// or as somebody else's.
func (p *pen) bindHere(r ledger.Record) error {
	account, member := boundTo(r.Entry)
	if r.Identifier == nil || account.IsZero() {
		return nil
	}
	hash := p.store.opts.LookupKey.Hash(r.Identifier.Kind, r.Identifier.Value)
	p.store.mentions.add(hash)
	p.store.mentions.add(account)
	_, err := p.tx.Exec(`
		INSERT INTO local (hash, account, mask, member, n)
		VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, hash[:], account, r.Identifier.Mask, member, p.last)
	if err != nil {
		return fmt.Errorf("keep local member: %w", err)
	}
	return nil
}

// boundTo is the account, and the member of it, that an entry's identifier leads
// to; zero for one that binds none. The member is empty where she is the account's
// own.
func boundTo(e *ledger.Entry) (account ledger.AccountID, member string) {
	if e.Kind != ledger.Enroll && e.Kind != ledger.Profile {
		return account, ""
	}
	account, _ = e.Subject.Account()
	switch {
	case !e.Joins.IsZero():
		return e.Joins, account.String()
	case !e.Member.IsZero():
		return account, e.Member.String()
	}
	return account, ""
}

// nameHere shows a member under the name she gave, from this transaction on,
// until headquarters has counted the entry. One of several members is not: the
// name would be all of the account's.
func (p *pen) nameHere(r ledger.Record) error {
	account, ok := r.Entry.Subject.Account()
	if r.Entry.Kind != ledger.Profile || r.Name == "" || !ok || !r.Entry.Member.IsZero() {
		return nil
	}
	named, err := survivor(p.tx, account.String())
	if err != nil {
		return err
	}
	p.store.mentions.addText(named)
	_, err = p.tx.Exec(`INSERT INTO named (account, n, mask) VALUES (?, ?, ?)`, named, p.last, r.Name)
	if err != nil {
		return fmt.Errorf("keep name: %w", err)
	}
	return nil
}

// settleNames drops the names that an account's row has counted.
func (p *pen) settleNames(account string, a applied) error {
	names, err := readNamed(p.tx, account)
	if err != nil {
		return err
	}
	for _, n := range names {
		counted, err := a.counts(earlierIn(p.tx), p.lineage, n)
		if err != nil {
			return err
		}
		if !counted {
			continue
		}
		if _, err := p.tx.Exec(`DELETE FROM named WHERE account = ? AND n = ?`, account, n); err != nil {
			return fmt.Errorf("drop name: %w", err)
		}
	}
	return nil
}

func readNamed(tx *sqlitedb.Tx, account string) (rows []int64, err error) {
	found, err := tx.Query(`SELECT n FROM named WHERE account = ? ORDER BY n`, account)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	defer found.Close()
	for found.Next() {
		var n int64
		if err := found.Scan(&n); err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		rows = append(rows, n)
	}
	return rows, found.Err()
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
	if to == from { // a restored headquarters met the two in the other order
		to = f.To.String()
		if _, err := p.tx.Exec(`DELETE FROM forward WHERE account = ?`, to); err != nil {
			return fmt.Errorf("forward account: %w", err)
		}
	}
	if to == from {
		return fmt.Errorf("forward %s: it is itself the survivor", from)
	}
	for _, move := range []string{
		`INSERT INTO forward (survivor, account) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET survivor = excluded.survivor`,
		`UPDATE forward SET survivor = ? WHERE survivor = ?`,
		`UPDATE unsettled SET account = ? WHERE account = ?`,
		`UPDATE local SET account = ? WHERE account = ?`,
		`UPDATE named SET account = ? WHERE account = ?`,
		`UPDATE member_pin SET account = ? WHERE account = ?`,
		`UPDATE rights SET account = ? WHERE account = ?`,
		`UPDATE OR REPLACE detached SET account = ? WHERE account = ?`,
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
