package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
)

// Storage is where the database is and how it is kept.
type Storage struct {
	Engine  string `json:"engine"`  // with its version
	Address string `json:"address"` // a file, or a server's without user and password
	Schema  int    `json:"schema"`  // the number of the last migration
	// Works says that this process does the work, which one does at a time; Worker is
	// which does, as it names itself, empty where none does.
	Works  bool   `json:"works"`
	Worker string `json:"worker,omitempty"`
	// Replicas are what a server sends its changes to, Synchronous those of them that
	// a commit waits for.
	Replicas    int `json:"replicas,omitempty"`
	Synchronous int `json:"synchronous,omitempty"`
}

// Storage tells where the database is.
func (h *Headquarters) Storage(ctx context.Context) (s Storage, err error) {
	s.Address, s.Works = h.where, h.leads()
	err = h.view(ctx, func(tx *database.Tx) error {
		if h.postgres {
			return s.ofServer(tx)
		}
		var version string
		if err := tx.QueryRow(`SELECT sqlite_version()`).Scan(&version); err != nil {
			return err
		}
		s.Engine = "SQLite " + version
		return tx.QueryRow(`PRAGMA user_version`).Scan(&s.Schema)
	})
	if err != nil {
		return Storage{}, fmt.Errorf("look at the database: %w", err)
	}
	return s, nil
}

func (s *Storage) ofServer(tx *database.Tx) error {
	server, err := postgres.Describe(tx)
	s.Engine, s.Schema, s.Worker = "PostgreSQL "+server.Version, server.Schema, server.Leader
	s.Replicas, s.Synchronous = server.Replicas, server.Synchronous
	return err
}
