// Package home knows where a headquarters lives: its folder, the database in it or
// elsewhere, and the keys beside it. It opens them; what is in them is others'.
package home

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/migration"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// DatabaseFile is SQLite's database in a headquarters' folder.
const DatabaseFile = "hq.db"

const (
	applicationID = 0x6c6f7968 // "loyh"
	application   = "loyaltyd headquarters"
	// checkpointPages is 32 MB: two rounds of the projector write to most of the same
	// pages.
	checkpointPages = 8000
	// cacheKiB holds what a round of the projector changes.
	cacheKiB = 16_000
)

// At is where a headquarters lives.
type At struct {
	Dir      string // its folder
	Database string // the URL of a PostgreSQL database; empty is DatabaseFile in Dir
}

// Open opens the database to write it, and brings its schema up to date.
func (a At) Open(ctx context.Context) (database.DB, error) {
	if a.Database != "" {
		return postgres.Open(ctx, a.postgres(false))
	}
	return sqlitedb.Open(ctx, sqlitedb.Options{
		Path: filepath.Join(a.Dir, DatabaseFile), ApplicationID: applicationID, Migrations: migration.Of("sqlite"),
		CheckpointPages: checkpointPages, CacheKiB: cacheKiB,
	})
}

// OpenReader opens the database beside who writes it.
func (a At) OpenReader(ctx context.Context) (database.Reader, error) {
	if a.Database != "" {
		return postgres.Open(ctx, a.postgres(true))
	}
	db, err := OpenFile(ctx, a.Dir)
	if err != nil {
		return nil, err
	}
	if err := db.HasSchema(ctx, migration.Of("sqlite")); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// OpenFile opens SQLite's database in a folder to read it, whatever its schema.
func OpenFile(ctx context.Context, dir string) (*sqlitedb.Reader, error) {
	return sqlitedb.OpenReadOnly(ctx, filepath.Join(dir, DatabaseFile), applicationID)
}

// OpenCopy opens SQLite's database in a folder to write it, where nobody runs on it.
func OpenCopy(ctx context.Context, dir string) (*sqlitedb.DB, error) {
	return sqlitedb.Open(ctx, sqlitedb.Options{
		Path: filepath.Join(dir, DatabaseFile), ApplicationID: applicationID, Migrations: migration.Of("sqlite"),
	})
}

// Address is that of the database, without what a stranger must not know.
func (a At) Address() string {
	if a.Database == "" {
		return filepath.Join(a.Dir, DatabaseFile)
	}
	at, err := postgres.Address(a.Database)
	if err != nil {
		return "" // it did not open either
	}
	return at
}

// begun reports whether the database is a headquarters' already.
func (a At) begun(ctx context.Context) (begun bool, err error) {
	if a.Database == "" {
		_, err := os.Stat(filepath.Join(a.Dir, DatabaseFile))
		return err == nil, nil
	}
	db, err := a.Open(ctx)
	if err != nil {
		return false, err
	}
	err = db.View(ctx, func(tx *database.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM chain)`).Scan(&begun)
	})
	return begun, errors.Join(err, db.Close())
}

func (a At) postgres(readOnly bool) postgres.Options {
	return postgres.Options{
		URL: a.Database, Application: application, Migrations: migration.Of("postgres"), ReadOnly: readOnly,
	}
}

// OpenKeys reads the key file, or makes one beside a database that is still
// to be made.
func (a At) OpenKeys(ctx context.Context) (keyring.Ring, error) {
	ring, err := keyring.Read(a.Dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, err
	}
	begun, err := a.begun(ctx)
	if err != nil {
		return keyring.Ring{}, err
	}
	if begun {
		return keyring.Ring{}, keyring.NoKeys(a.Dir)
	}
	return keyring.Make(a.Dir)
}
