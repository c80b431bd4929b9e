package publication

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ReadSignedStops returns what was stopped, as it was signed.
func ReadSignedStops(tx *database.Tx) ([]ledger.SignedStop, error) {
	rows, err := tx.Query(`SELECT body, signature FROM rule_stop ORDER BY program, version, rule`)
	if err != nil {
		return nil, fmt.Errorf("read stops: %w", err)
	}
	defer rows.Close()
	var all []ledger.SignedStop
	for rows.Next() {
		var s ledger.SignedStop
		if err := rows.Scan(&s.Body, &s.Signature); err != nil {
			return nil, fmt.Errorf("read stops: %w", err)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// ReadStops returns what was stopped.
func ReadStops(tx *database.Tx) ([]ledger.Stop, error) {
	signed, err := ReadSignedStops(tx)
	if err != nil {
		return nil, err
	}
	stops := make([]ledger.Stop, len(signed))
	for i, s := range signed {
		if stops[i], err = s.Read(); err != nil {
			return nil, err
		}
	}
	return stops, nil
}
