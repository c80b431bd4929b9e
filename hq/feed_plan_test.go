package hq_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
)

// A page of a feed is found by where it begins: however long the feed is, nothing of it
// is read that the page does not have.
func TestPageIsFoundByItsBeginning(t *testing.T) {
	w := newWorld(t)
	if w.database != "" {
		return // the plan is SQLite's
	}
	db := w.behind()
	defer db.Close()
	rows, err := db.Query(planOf(hq.PageRows), "0001", 0, 0, 0, 0, 0, 501)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	searches := 0
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(detail, "SCAN feed") || strings.HasSuffix(detail, "(store=?)") {
			t.Errorf("looks at all of the store's rows: %s", detail)
		}
		if strings.Contains(detail, "SEARCH feed") {
			searches++
		}
	}
	if searches != 5 || rows.Err() != nil {
		t.Errorf("%d searches, %v", searches, rows.Err())
	}
}

func planOf(query string) string { return fmt.Sprint(`EXPLAIN QUERY PLAN `, query) }
