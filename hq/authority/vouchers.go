package authority

import (
	"encoding/json"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Vouchers of one unit may give different things: each keeps what the version
// said that issued it, and a right to some is one to such as are alike. So the
// till that has the right knows what it gives, and until when, from the grant
// alone.

// alike are vouchers on the same terms.
type alike struct {
	terms ledger.LotTerms
	count ledger.Points
}

// readAlike returns the vouchers of a unit that are free and last, by what they
// are, soonest expiry first.
func readAlike(tx *database.Tx, of books.Holder, key books.BalanceKey, now ledger.Millis) ([]alike, error) {
	rows, err := tx.Query(`
		SELECT expires_at_ms, promise, sum(rest)
		FROM lot
		WHERE account = $1 AND program = $2 AND unit = $3 AND pending = 0 AND rest > 0
		  AND (expires_at_ms = 0 OR expires_at_ms > $4)
		GROUP BY expires_at_ms, promise
		ORDER BY CASE WHEN expires_at_ms = 0 THEN 1 ELSE 0 END, expires_at_ms, promise`,
		of, key.Program, key.Unit, now)
	if err != nil {
		return nil, fmt.Errorf("read vouchers: %w", err)
	}
	defer rows.Close()
	var all []alike
	for rows.Next() {
		var a alike
		var promise []byte
		if err := rows.Scan(&a.terms.ExpiresAt, &promise, &a.count); err != nil {
			return nil, fmt.Errorf("read vouchers: %w", err)
		}
		if len(promise) > 0 {
			if err := ledger.DecodeJSON(promise, &a.terms.Promise); err != nil {
				return nil, fmt.Errorf("read vouchers: %w", err)
			}
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// forVoucher binds a right that a till asks for to the voucher that ends first.
func forVoucher(tx *database.Tx, of books.Holder, r *ledger.Right, now ledger.Millis) error {
	if _, voucher := r.Unit.Voucher(); !voucher {
		return nil
	}
	all, err := readAlike(tx, of, books.BalanceKey{Program: r.Program, Unit: r.Unit}, now)
	if err == nil && len(all) > 0 {
		r.Terms = &all[0].terms
	}
	return err
}

// kindsOf splits a right into one for each kind of voucher that is to be placed;
// one of points it leaves as it is.
func kindsOf(tx *database.Tx, of books.Holder, r ledger.Right, now ledger.Millis) (rights []ledger.Right, err error) {
	if _, voucher := r.Unit.Voucher(); !voucher {
		return []ledger.Right{r}, nil
	}
	all, err := readAlike(tx, of, books.BalanceKey{Program: r.Program, Unit: r.Unit}, now)
	for _, a := range all {
		terms, err := json.Marshal(a.terms)
		if err != nil {
			return nil, err
		}
		one := r
		one.ID, one.Terms, one.Amount = books.OwnID("voucher", r.ID.String(), string(terms)), &a.terms, a.count
		rights = append(rights, one)
	}
	return rights, err
}
