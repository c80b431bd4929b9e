package offline

import (
	"context"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// saidPIN is a PIN that a member set here, in a journal row.
type saidPIN struct {
	n       int64
	hash    string // empty where she set none
	lineage lineage
}

func (v *View) saidPIN(ctx context.Context, member ledger.MemberID) (said saidPIN, err error) {
	err = v.journal.Lookup(ctx, func(row *sqlitedb.Values) error {
		if row.Int64(0) == 0 {
			said.n, said.hash = row.Int64(2), row.Text(4)
			return nil
		}
		e := epoch{number: ledger.Epoch(row.Int64(1)), base: row.Int64(2)}
		copy(e.branch[:], row.Blob(3))
		said.lineage = append(said.lineage, e)
		return nil
	}, `
		SELECT 0, 0, n, NULL, hash FROM member_pin WHERE member = +?1
		UNION ALL
		SELECT 1, epoch, base_n, branch, '' FROM epoch WHERE EXISTS (SELECT 1 FROM member_pin WHERE member = +?1)`,
		member.String())
	slices.SortFunc(said.lineage, func(a, b epoch) int { return int(int64(a.number) - int64(b.number)) })
	return said, err
}

// setPIN has a member's PIN hold here from this transaction on, until headquarters has
// counted the entry; what was tried before is forgotten.
func (p *pen) setPIN(r ledger.Record) error {
	account, ok := r.Entry.Subject.Account()
	if r.Entry.Kind != ledger.Profile || r.PIN == "" || !ok {
		return nil
	}
	member := r.Entry.Member
	if member.IsZero() {
		member = ledger.MemberID(account)
	}
	hash, err := pin.Read(r.PIN)
	if err != nil {
		return err
	}
	of, err := survivor(p.tx, account.String())
	if err != nil {
		return err
	}
	p.store.mentions.addText(of)
	_, err = p.tx.Exec(`INSERT OR REPLACE INTO member_pin (member, account, n, hash) VALUES (?, ?, ?, ?)`,
		member.String(), of, p.last, hash.Under(p.store.opts.pinKey(member)).Text())
	if err != nil {
		return fmt.Errorf("keep PIN: %w", err)
	}
	return p.forgetTries(member.String())
}

// settlePINs drops the PINs that an account's row has counted.
func (p *pen) settlePINs(account string, a applied) error {
	said, err := readSaidPINs(p.tx, account)
	if err != nil {
		return err
	}
	for _, n := range said {
		counted, err := a.counts(earlierIn(p.tx), p.lineage, n)
		if err != nil {
			return err
		}
		if !counted {
			continue
		}
		if _, err := p.tx.Exec(`DELETE FROM member_pin WHERE account = ? AND n = ?`, account, n); err != nil {
			return fmt.Errorf("drop PIN: %w", err)
		}
	}
	return nil
}

func readSaidPINs(tx *sqlitedb.Tx, account string) (said []int64, err error) {
	rows, err := tx.Query(`SELECT n FROM member_pin WHERE account = ?`, account)
	if err != nil {
		return nil, fmt.Errorf("read PINs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("read PINs: %w", err)
		}
		said = append(said, n)
	}
	return said, rows.Err()
}
