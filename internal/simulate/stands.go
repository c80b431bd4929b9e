package simulate

import (
	"database/sql"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// checkTold wants everything a till told in its journal, and that whole, each
// time it starts.
func (t *till) checkTold() {
	report, err := t.store.Verify(ctx, nil)
	t.expect("verify a till", err)
	if len(report.Findings) > 0 {
		t.violate("%s does not add up: %v", t.name, report.Findings)
	}
	stand := t.bodies(filepath.Join(t.disk.Dir(), "journal.db"), `SELECT body_hash FROM journal`)
	for i, hash := range t.told {
		if stand[hash] == 0 {
			t.violate("%s told %d entries, and the %dth is lost", t.name, len(t.told), i+1)
		}
	}
}

// checkAcked wants everything headquarters acknowledged there, and its sums
// right, each time it starts.
func (h *headquarters) checkAcked() {
	checked, err := h.Fsck(ctx, nil)
	h.expect("look through headquarters", err)
	if len(checked.Findings) > 0 || checked.Decided != checked.Rows {
		h.violate("headquarters does not add up, or would decide otherwise: %+v", checked)
	}
	stand := h.stored()
	for hash := range h.acked {
		if stand[hash] == 0 {
			h.violate("headquarters acknowledged %d entries, and one is lost", len(h.acked))
		}
	}
}

// stored is every body that came in, and how often.
func (h *headquarters) stored() map[ledger.Hash]int {
	return h.bodies(filepath.Join(h.disk.Dir(), hq.DatabaseFile), `SELECT body_hash FROM intake`)
}

// posted is every body that stands in somebody's ledger, is held because its
// till is fenced, or waits for its sale.
func (h *headquarters) posted() map[ledger.Hash]int {
	return h.bodies(filepath.Join(h.disk.Dir(), hq.DatabaseFile), `
		SELECT c.body_hash
		FROM claim_entry c
		JOIN ledger l ON l.entry = c.entry
		UNION ALL
		SELECT body_hash
		FROM intake
		WHERE held = 1
		UNION ALL
		SELECT i.body_hash
		FROM intake i
		JOIN parked p ON p.terminal = i.terminal AND p.epoch = i.epoch AND p.branch = i.branch AND p.seq = i.seq`)
}

// bodies reads hashes of bodies beside who has the database open.
func (w *world) bodies(path, query string) map[ledger.Hash]int {
	found := map[ledger.Hash]int{}
	w.read(path, func(rows *sql.Rows) error {
		var hash ledger.Hash
		err := rows.Scan(&hash)
		found[hash]++
		return err
	}, query)
	return found
}

func (w *world) read(path string, each func(*sql.Rows) error, query string) {
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	w.expect("look into database", err)
	defer db.Close()
	rows, err := db.Query(query)
	w.expect("look into database", err)
	defer rows.Close()
	for rows.Next() {
		w.expect("look into database", each(rows))
	}
	w.expect("look into database", rows.Err())
}
