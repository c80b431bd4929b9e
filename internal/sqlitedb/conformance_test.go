package sqlitedb_test

import (
	"context"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/database/databasetest"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

func TestConformance(t *testing.T) {
	schema := fstest.MapFS{"0001_thing.sql": {Data: []byte(`
		CREATE TABLE thing (
			name  TEXT PRIMARY KEY,
			count INTEGER NOT NULL CHECK (count >= 0),
			note  TEXT,
			data  BLOB
		) STRICT`)}}
	databasetest.Run(t, func(t *testing.T) database.DB {
		db, err := sqlitedb.Open(context.Background(), sqlitedb.Options{
			Path: filepath.Join(t.TempDir(), "x.db"), ApplicationID: 1, Migrations: schema,
		})
		if err != nil {
			t.Fatal(err)
		}
		return db
	})
}
