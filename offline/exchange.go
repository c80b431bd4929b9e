package offline

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// exchange is the one row about headquarters: up to where it has our chain,
// and what its last answer said.
type exchange struct {
	acked       ledger.Head
	token       string
	incarnation ledger.Incarnation
	durable     ledger.Head // its Hash is not used
	contact     ledger.Millis
	clock       clock
	fenced      bool
	nextReceipt int64
	erasures    erasures
	unmarked    bool // the mark could not be written; of this process alone
}

func readExchange(tx *sqlitedb.Tx) (x exchange, err error) {
	err = tx.QueryRow(`
		SELECT acked_epoch, acked_branch, acked_seq, acked_hash, token, incarnation,
			durable_epoch, durable_branch, durable_seq,
			contact_ms, clock_ms, skew_ms, clock_off, fenced, next_receipt,
			erasures_ms, erasures_n, wiped_ms
		FROM exchange`).
		Scan(&x.acked.Epoch, &x.acked.Branch, &x.acked.Seq, &x.acked.Hash, &x.token, &x.incarnation,
			&x.durable.Epoch, &x.durable.Branch, &x.durable.Seq,
			&x.contact, &x.clock.mark, &x.clock.skew, &x.clock.off, &x.fenced, &x.nextReceipt,
			&x.erasures.heard, &x.erasures.after, &x.erasures.wiped)
	if err != nil {
		return x, fmt.Errorf("read exchange: %w", err)
	}
	return x, nil
}

func (x exchange) save(tx *sqlitedb.Tx) error {
	_, err := tx.Exec(`
		UPDATE exchange
		SET acked_epoch = ?, acked_branch = ?, acked_seq = ?, acked_hash = ?, token = ?, incarnation = ?,
			durable_epoch = ?, durable_branch = ?, durable_seq = ?,
			contact_ms = ?, clock_ms = ?, skew_ms = ?, clock_off = ?, fenced = ?, next_receipt = ?,
			erasures_ms = ?, erasures_n = ?, wiped_ms = ?`,
		x.acked.Epoch, x.acked.Branch, x.acked.Seq, x.acked.Hash, x.token, x.incarnation,
		x.durable.Epoch, x.durable.Branch, x.durable.Seq,
		x.contact, x.clock.mark, x.clock.skew, x.clock.off, x.fenced, x.nextReceipt,
		x.erasures.heard, x.erasures.after, x.erasures.wiped)
	if err != nil {
		return fmt.Errorf("save exchange: %w", err)
	}
	return nil
}
