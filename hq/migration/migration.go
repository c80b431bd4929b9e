// Package migration is the schema of a headquarters' database, once for each engine, step
// by step the same; the queries are one text for both.
package migration

import (
	"embed"
	"io/fs"
)

//go:embed sqlite postgres
var steps embed.FS

// Of returns the steps of an engine, "sqlite" or "postgres".
func Of(engine string) fs.FS {
	schema, err := fs.Sub(steps, engine)
	if err != nil {
		panic(err) // it is a constant path
	}
	return schema
}
