package postgres

import "time"

// Limit bounds each statement.
func (db *DB) Limit(d time.Duration) { db.limit = d }

// Patience makes a lead take over from one that is silent for so long.
func (l *Lead) Patience(d time.Duration) { l.patience = d }
