package offline

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// dayRun is where entries of a business day begin.
type dayRun struct {
	n   int64
	day ledger.Date
}

func (c *check) readRuns() error {
	rows, err := c.tx.Query(`SELECT n, business_day_date FROM day_run ORDER BY n`)
	if err != nil {
		return fmt.Errorf("read business days: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r dayRun
		if err := rows.Scan(&r.n, &r.day); err != nil {
			return fmt.Errorf("read business days: %w", err)
		}
		c.runs = append(c.runs, r)
	}
	return rows.Err()
}

// ofItsDay finds an entry that a report of its business day would not read.
// Rows come in order.
func (c *check) ofItsDay(n int64, day string) {
	for len(c.runs) > 0 && c.runs[0].n <= n {
		c.day, c.runs = c.runs[0].day, c.runs[1:]
	}
	if day != "" && day != string(c.day) {
		c.find(n, "it is of %s and stands among the entries of %q", day, string(c.day))
	}
}
