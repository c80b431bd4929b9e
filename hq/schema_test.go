package hq_test

import (
	"database/sql"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The schema of PostgreSQL is that of SQLite, step by step, in its own words for
// types. What fills a table from rows of an earlier release stands for SQLite
// only where PostgreSQL had no earlier release.
func TestSchemasAreTheSame(t *testing.T) {
	sqlite, postgres := readSchema(t, "sqlite"), readSchema(t, "postgres")
	for name, text := range sqlite {
		if !moves.MatchString(postgres[name]) {
			text = plain(moves.ReplaceAllString(text, ""))
		}
		sqlite[name] = translated(text)
	}
	if diff := cmp.Diff(sqlite, postgres); diff != "" {
		t.Errorf("SQLite's in PostgreSQL's words (-), PostgreSQL's (+):\n%s", diff)
	}
}

func readSchema(t *testing.T, engine string) map[string]string {
	t.Helper()
	folder := os.DirFS("migration/" + engine)
	names, err := fs.Glob(folder, "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatal("no migrations", err)
	}
	files := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = plain(string(text))
	}
	return files
}

var (
	comments = regexp.MustCompile(`--[^\n]*`)
	blanks   = regexp.MustCompile(`\s+`)
	moves    = regexp.MustCompile(`(?m)^(INSERT INTO|UPDATE) [^;]*;`)
	// rebuilt is a table that SQLite lays in another order; its columns stay.
	rebuilt = regexp.MustCompile(`(?s)ALTER TABLE \w+ RENAME TO \w+_by_rowid;.*?DROP TABLE \w+_by_rowid;`)
	blobs   = regexp.MustCompile(`x'([0-9a-f]*)'`)
	types   = strings.NewReplacer(
		") STRICT, WITHOUT ROWID;", ");", " TEXT", ` text COLLATE "C"`, " INTEGER", " bigint", " BLOB", " bytea", ") STRICT;", ");")
)

// plain leaves comments and spaces out.
func plain(sql string) string {
	sql = blanks.ReplaceAllString(comments.ReplaceAllString(sql, ""), " ")
	return strings.ReplaceAll(strings.TrimSpace(sql), "; ", ";\n")
}

func translated(sql string) string {
	sql = rebuilt.ReplaceAllString(sql, "")
	return plain(types.Replace(blobs.ReplaceAllString(sql, `'\x$1'`)))
}

// What SQLite lays in the order of its keys keeps its rows, columns and checks.
func TestLaidByKey(t *testing.T) {
	steps := readSchema(t, "sqlite")
	db, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "hq.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(text string) {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	const byKey = "0023_by_key.sql"
	for _, name := range slices.Sorted(maps.Keys(steps)) {
		if name < byKey {
			exec(steps[name])
		}
	}
	tables := regexp.MustCompile(`DROP TABLE (\w+)_by_rowid`).FindAllStringSubmatch(steps[byKey], -1)
	before := map[string]string{}
	for _, found := range tables {
		exec(someRow(t, db, found[1]))
		before[found[1]] = saysOf(t, db, found[1])
	}
	exec(steps[byKey])
	for table, was := range before {
		if diff := cmp.Diff(was, saysOf(t, db, table)); diff != "" {
			t.Errorf("%s:\n%s", table, diff)
		}
	}
	if len(tables) == 0 {
		t.Error("no table is laid by its key")
	}
}

// someRow writes one into a table, with another value in each column.
func someRow(t *testing.T, db *sql.DB, table string) string {
	var values []string
	for i, c := range columnsIn(t, db, table) {
		switch {
		case strings.Contains(c, "receivable "):
			values = append(values, "0") // what is available is not owed
		case strings.Contains(c, "INTEGER "):
			values = append(values, fmt.Sprint(100-i))
		case strings.Contains(c, "BLOB "):
			values = append(values, fmt.Sprintf("x'%02d'", i))
		default:
			values = append(values, fmt.Sprintf("'%d'", i))
		}
	}
	return "INSERT INTO " + table + " VALUES (" + strings.Join(values, ", ") + ")"
}

// saysOf is what a table's columns and checks are, and its rows.
func saysOf(t *testing.T, db *sql.DB, table string) string {
	var text string
	if err := db.QueryRow(`SELECT sql FROM sqlite_schema WHERE name = $1`, table).Scan(&text); err != nil {
		t.Fatal(err)
	}
	says := columnsIn(t, db, table)
	says = append(says, regexp.MustCompile(`CHECK \([^)]*\)`).FindAllString(text, -1)...)
	return strings.Join(append(says, cellsOf(t, db, "SELECT * FROM "+table)...), "\n")
}

func columnsIn(t *testing.T, db *sql.DB, table string) []string {
	// That a key is not NULL is said of one laid by it alone.
	return cellsOf(t, db, `SELECT name, type, "notnull" OR pk, dflt_value, pk FROM pragma_table_info('`+table+`')`)
}

func cellsOf(t *testing.T, db *sql.DB, query string) (all []string) {
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(row))
	}
	return all
}
