// Package peers is what others do, to be measured beside what we do on the same
// machine in the same run: a loyalty server as most plugins of a POS have it, which
// is told of each sale by a request of its own. It knows nothing of ours.
package peers

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
)

// Schema is one statement each.
var Schema = []string{
	`CREATE TABLE accrual (
		sale_id    TEXT PRIMARY KEY,
		account    TEXT NOT NULL,
		points     BIGINT NOT NULL,
		created_at TIMESTAMPTZ NOT NULL
	)`,
	`CREATE TABLE balance (
		account TEXT PRIMARY KEY,
		points  BIGINT NOT NULL
	)`,
}

// Accrual is a sale as such a server is told of it.
type Accrual struct {
	Sale    string `json:"sale_id"`
	Account string `json:"account"`
	Points  int64  `json:"points"`
	At      string `json:"created_at"`
}

// Handler takes POST /accruals: one row and one balance, in one transaction of
// PostgreSQL, answered once that is on disk.
func Handler(db *sql.DB) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /accruals", func(w http.ResponseWriter, r *http.Request) {
		var a Accrual
		if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
			http.Error(w, "the accrual cannot be read", http.StatusBadRequest)
			return
		}
		points, err := a.post(r.Context(), db)
		if err != nil {
			http.Error(w, "the accrual cannot be kept", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]int64{"points": points}) // who does not read it asks again
	})
	return mux
}

func (a Accrual) post(ctx context.Context, db *sql.DB) (points int64, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() // once committed it does nothing
	_, err = tx.ExecContext(ctx, `INSERT INTO accrual (sale_id, account, points, created_at) VALUES ($1, $2, $3, $4)`,
		a.Sale, a.Account, a.Points, a.At)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `
		INSERT INTO balance (account, points)
		VALUES ($1, $2)
		ON CONFLICT (account) DO UPDATE
		SET points = balance.points + excluded.points
		RETURNING points`, a.Account, a.Points).Scan(&points)
	if err != nil {
		return 0, err
	}
	return points, tx.Commit()
}
