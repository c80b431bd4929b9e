package hq_test

import (
	"io/fs"
	"os"
	"regexp"
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
	blobs    = regexp.MustCompile(`x'([0-9a-f]*)'`)
	types    = strings.NewReplacer(
		" TEXT", ` text COLLATE "C"`, " INTEGER", " bigint", " BLOB", " bytea", ") STRICT;", ");")
)

// plain leaves comments and spaces out.
func plain(sql string) string {
	sql = blanks.ReplaceAllString(comments.ReplaceAllString(sql, ""), " ")
	return strings.ReplaceAll(strings.TrimSpace(sql), "; ", ";\n")
}

func translated(sql string) string {
	return plain(types.Replace(blobs.ReplaceAllString(sql, `'\x$1'`)))
}
