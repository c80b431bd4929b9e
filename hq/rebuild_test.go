package hq_test

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/audit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// projections reads all that Rebuild writes, as text.
func (w *world) projections() map[string][]string {
	w.Helper()
	db := w.behind()
	defer db.Close()
	all := map[string][]string{}
	for table, columns := range hq.Projections() {
		all[table] = dump(w, db, table, columns)
	}
	return all
}

func dump(w *world, db *sql.DB, table string, columns []string) (lines []string) {
	w.Helper()
	rows, err := db.Query(allOf(table, columns))
	if err != nil {
		w.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new([]byte)
		}
		if err := rows.Scan(values...); err != nil {
			w.Fatal(err)
		}
		var line []string
		for _, value := range values {
			line = append(line, fmt.Sprintf("%q", *value.(*[]byte)))
		}
		lines = append(lines, strings.Join(line, " "))
	}
	if err := rows.Err(); err != nil {
		w.Fatal(err)
	}
	return lines
}

func allOf(table string, columns []string) string {
	list := strings.Join(columns, ", ")
	return `SELECT ` + list + ` FROM ` + table + ` ORDER BY ` + list
}

func noneOf(table string) string { return `DELETE FROM ` + table }

// rebuild mends, and returns what was different.
func (w *world) rebuild() []audit.Finding {
	w.Helper()
	found, err := w.hq.Rebuild(w.Context(), nil)
	if err != nil {
		w.Fatal(err)
	}
	return found
}

// rebuilds drops every projection, has them written anew, and wants the same bytes.
func (w *world) rebuilds() {
	w.Helper()
	w.work()
	want := w.projections()
	db := w.behind()
	defer db.Close()
	days := func() []string { return dump(w, db, "till_day", []string{"terminal", "business_day_date", "totals"}) }
	before := days()
	for table := range want {
		if table == "account" { // its marks are nowhere else
			continue
		}
		if _, err := db.Exec(noneOf(table)); err != nil {
			w.Fatal(err)
		}
	}
	if _, err := db.Exec(noneOf("till_day")); err != nil {
		w.Fatal(err)
	}
	w.rebuild()
	if diff := cmp.Diff(before, days()); diff != "" {
		w.Errorf("rebuilt, days of tills differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, w.projections()); diff != "" {
		w.Errorf("rebuilt, they differ (-want +got):\n%s", diff)
	}
	w.clean()
}

// newRich has a row in every projection.
func newRich(t *testing.T) *world {
	w, second := newTwins(t)
	c := newCustomer(t, w, ayse, map[ledger.StoreID]*loyalty.Program{"0001": w.program, "0002": second})
	line := []ledger.Line{{Net: 90_000, Gross: 90_000, Quantity: 1, Categories: []string{"makeup"}}}
	sale := c.at["beauty"].buys(line, "cash")
	c.at["twin"].buys(line, "cash")
	c.at["beauty"].buys(line, "cash")
	for _, program := range []string{"beauty", "twin", "beauty"} {
		c.at[program].sync()
	}
	c.at["beauty"].elsewhere(c.at["beauty"].till, sale, ledger.ReturnedLine{Line: 0})
	c.at["beauty"].sync()
	w.segments("vip", false, hq.Whom{Phone: ayse})
	w.work()
	return w
}

// damages are how columns are changed where adding to a value is no damage that the
// table's own checks let pass.
var damages = map[string]string{
	"balance.receivable":     `UPDATE balance SET available = 0, receivable = 7`,
	"balance.available":      `UPDATE balance SET available = available + 1000 WHERE receivable = 0`,
	"lot.rest":               `UPDATE lot SET rest = 0 WHERE rest > 0`,
	"account_right.state":    `UPDATE account_right SET state = 'returned'`,
	"account_right.returned": `UPDATE account_right SET returned = returned + 1`,
	"account_right.spent":    `UPDATE account_right SET spent = spent + 1`,
	"account_right.parent":   `UPDATE account_right SET parent = right_id`,
	"account.last_terminal":  `UPDATE account SET last_terminal = NULL`,
}

// Whatever was changed in a projection behind headquarters' back, in whichever
// column: it is told, and written anew to the same bytes; nobody hears anything
// else for it, and there is no difference any more.
func TestRebuildMends(t *testing.T) {
	w := newRich(t)
	want := w.projections()
	for _, table := range slices.Sorted(maps.Keys(want)) {
		if len(want[table]) == 0 {
			t.Fatalf("%s has no row to damage", table)
		}
		for _, column := range hq.Projections()[table] {
			w.sql(w.damage(table, column))
			before, err := w.hq.Differences(t.Context(), nil)
			if err != nil || len(before) == 0 {
				t.Errorf("%s.%s: the check finds %v, %v", table, column, before, err)
			}
			if found := w.rebuild(); len(found) == 0 || found[0] != before[0] {
				t.Errorf("%s.%s: mended is %v, the check had found %v", table, column, found, before)
			}
			if diff := cmp.Diff(want, w.projections()); diff != "" {
				t.Fatalf("%s.%s: mended, it differs (-want +got):\n%s", table, column, diff)
			}
			w.work()
			if diff := cmp.Diff(want, w.projections()); diff != "" {
				t.Fatalf("%s.%s: worked on, it differs (-want +got):\n%s", table, column, diff)
			}
		}
	}
	if found := w.rebuild(); len(found) > 0 {
		t.Errorf("nothing is damaged, and found is %v", found)
	}
	w.clean()
}

// Where more is wrong than is told one by one, all of it is mended, and how much more
// there was is told.
func TestRebuildMendsAll(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("a")
	const members = 400 // three findings each, and more
	for i := range members {
		a.earn(ledger.SubjectOf(a.addMember(phoneNumber(i), "")), 10)
		if i%200 == 199 {
			a.sync()
		}
	}
	w.rebuilds()
	for _, table := range []string{"balance", "lot", "member_state"} {
		w.sql(noneOf(table))
	}
	found := w.rebuild()
	if last := found[len(found)-1]; last.Where != "more" {
		t.Errorf("the last of %d findings is %v", len(found), last)
	}
	if left := w.rebuild(); len(left) > 0 {
		t.Errorf("%d differ after they were written anew, the first is %v", len(left), left[0])
	}
}

func (w *world) damage(table, column string) string {
	if query := damages[table+"."+column]; query != "" {
		return query
	}
	db := w.behind()
	defer db.Close()
	var value any
	if err := db.QueryRow(allOf(table, []string{column})).Scan(&value); err != nil {
		w.Fatal(err)
	}
	change := column + ` || 'x'`
	switch value.(type) {
	case int64:
		change = column + ` + 1000`
		if column == "pending" && table == "lot" {
			change = `1 - ` + column
		}
	case []byte:
		change = `zeroblob(8)`
	}
	return `UPDATE ` + table + ` SET ` + column + ` = ` + change
}

// A ledger that was changed itself is told of and left as it is: what it should be
// nobody knows.
func TestRebuildLeavesLedgers(t *testing.T) {
	w := newRich(t)
	want := w.projections()
	w.sql(`UPDATE ledger SET recorded_at_ms = recorded_at_ms, hash = zeroblob(32) WHERE n = 2`)
	found := w.rebuild()
	if len(found) == 0 || !strings.Contains(found[0].What, "chain breaks") {
		t.Errorf("found %v", found)
	}
	if diff := cmp.Diff(want, w.projections()); diff != "" {
		t.Errorf("and changed:\n%s", diff)
	}
}
