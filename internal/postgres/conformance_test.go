package postgres_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/database/databasetest"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
)

const thing = `
	CREATE TABLE thing (
		name  text COLLATE "C" PRIMARY KEY,
		count bigint NOT NULL CHECK (count >= 0),
		note  text COLLATE "C",
		data  bytea
	)`

func options(url string, migrations ...string) postgres.Options {
	files := fstest.MapFS{}
	for i, text := range migrations {
		files["000"+string(rune('1'+i))+"_x.sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return postgres.Options{URL: url, Application: "test", Migrations: files}
}

func open(t *testing.T, opts postgres.Options) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestConformance(t *testing.T) {
	cluster := postgrestest.Shared(t)
	databasetest.Run(t, func(t *testing.T) database.DB {
		return open(t, options(cluster.Database(t), thing))
	})
}
