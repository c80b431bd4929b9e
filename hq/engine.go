package hq

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// The schema stands once for each engine, step by step the same; the queries
// are one text for both.
//
//go:embed migration
var migrations embed.FS

const (
	databaseName  = "hq.db"
	applicationID = 0x6c6f7968 // "loyh"
	application   = "loyaltyd headquarters"
	// checkpointPages is 32 MB: two rounds of the projector write to most of the same
	// pages.
	checkpointPages = 8000
)

func schemaFor(engine string) fs.FS {
	schema, err := fs.Sub(migrations, "migration/"+engine)
	if err != nil {
		panic(err) // it is a constant path
	}
	return schema
}

// openDatabase opens the database to write it, and brings its schema up to date.
func (o Options) openDatabase(ctx context.Context) (database.DB, error) {
	if o.Database != "" {
		return postgres.Open(ctx, o.postgres(false))
	}
	return sqlitedb.Open(ctx, sqlitedb.Options{
		Path: filepath.Join(o.Dir, databaseName), ApplicationID: applicationID, Migrations: schemaFor("sqlite"),
		CheckpointPages: checkpointPages,
	})
}

// openReader opens the database beside who writes it.
func (o Options) openReader(ctx context.Context) (database.Reader, error) {
	if o.Database != "" {
		return postgres.Open(ctx, o.postgres(true))
	}
	db, err := sqlitedb.OpenReadOnly(ctx, filepath.Join(o.Dir, databaseName), applicationID)
	if err != nil {
		return nil, err
	}
	if err := db.HasSchema(ctx, schemaFor("sqlite")); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// where is the address of the database, without what a stranger must not know.
func (o Options) where() string {
	if o.Database == "" {
		return filepath.Join(o.Dir, databaseName)
	}
	at, err := postgres.Address(o.Database)
	if err != nil {
		return "" // it did not open either
	}
	return at
}

// begun reports whether the database is a headquarters' already.
func (o Options) begun(ctx context.Context) (begun bool, err error) {
	if o.Database == "" {
		_, err := os.Stat(filepath.Join(o.Dir, databaseName))
		return err == nil, nil
	}
	db, err := o.openDatabase(ctx)
	if err != nil {
		return false, err
	}
	err = db.View(ctx, func(tx *database.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM chain)`).Scan(&begun)
	})
	return begun, errors.Join(err, db.Close())
}

func (o Options) postgres(readOnly bool) postgres.Options {
	return postgres.Options{
		URL: o.Database, Application: application, Migrations: schemaFor("postgres"), ReadOnly: readOnly,
	}
}

// openKeys reads the key file, or makes one beside a database that is still
// to be made.
func (o Options) openKeys(ctx context.Context) (keyring.Ring, error) {
	ring, err := keyring.Read(o.Dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, err
	}
	begun, err := o.begun(ctx)
	if err != nil {
		return keyring.Ring{}, err
	}
	if begun {
		return keyring.Ring{}, keyring.NoKeys(o.Dir)
	}
	return keyring.Make(o.Dir)
}
