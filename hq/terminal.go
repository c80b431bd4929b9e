package hq

import (
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// terminal is a terminal's row as the exchange needs it.
type terminal struct {
	id        ledger.TerminalID
	store     ledger.StoreID
	key       ed25519.PublicKey
	machine   string
	enrolled  ledger.Millis
	fenced    bool
	epoch     ledger.Epoch
	branch    ledger.Branch
	unrooted  ledger.Epoch
	issued    uint64
	used      uint64
	usedBytes []byte // SHA-256 of the batch under the token used
	answer    []byte
	takesUses bool // its release knows rights to uses
	seenAt    ledger.Millis
	keyID     string        // of the newest key of ours that it knows
	erasures  ledger.Millis // up to which it has sealed past
	durable   ledger.Place  // of its journal; zero where nothing is
	hub       bool
}

// readTerminal returns a terminal's row, or ErrNotFound.
func readTerminal(tx *database.Tx, id ledger.TerminalID) (terminal, error) {
	t := terminal{id: id}
	err := tx.QueryRow(`
		SELECT t.store, t.public_key, t.machine, t.enrolled_at_ms, t.fenced_at_ms IS NOT NULL, t.epoch, t.branch, t.unrooted,
		       t.issued, t.used, t.used_request, t.used_answer, t.takes_uses, t.seen_at_ms, t.key_id, t.erasures_ms, t.hub,
		       coalesce(d.epoch, 0), coalesce(d.branch, t.branch), coalesce(d.seq, 0)
		FROM terminal t LEFT JOIN durable d ON d.terminal = t.terminal
		WHERE t.terminal = $1`, id).
		Scan(&t.store, &t.key, &t.machine, &t.enrolled, &t.fenced, &t.epoch, &t.branch, &t.unrooted,
			&t.issued, &t.used, &t.usedBytes, &t.answer, &t.takesUses, &t.seenAt, &t.keyID, &t.erasures, &t.hub,
			&t.durable.Epoch, &t.durable.Branch, &t.durable.Seq)
	if errors.Is(err, sql.ErrNoRows) {
		return t, fmt.Errorf("terminal %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return t, fmt.Errorf("read terminal: %w", err)
	}
	t.durable.Terminal = id
	if t.fenced || t.durable.Epoch == 0 {
		t.durable = ledger.Place{}
	}
	return t, nil
}

// bound reports whether rights of this branch are the terminal's to use now.
func (t *terminal) bound(epoch ledger.Epoch, branch ledger.Branch) bool {
	return !t.fenced && t.epoch == epoch && t.branch == branch
}

// fence shuts a terminal's id out for ever: no rights, no feed; what still
// comes from it is held.
func (t *terminal) fence(tx *database.Tx, reason string, now ledger.Millis) error {
	t.fenced, t.durable = true, ledger.Place{}
	_, err := tx.Exec(`
		UPDATE terminal SET fenced_at_ms = $1, fence_reason = $2
		WHERE terminal = $3 AND fenced_at_ms IS NULL`, now, reason, t.id)
	if err != nil {
		return fmt.Errorf("fence terminal: %w", err)
	}
	return nil
}

// life is one epoch and branch of a journal, as far as it came in.
type life struct {
	ledger.Head
	began ledger.Hash
	known bool // anything came in
}

// readLife returns what came in of an epoch and branch.
func readLife(tx *database.Tx, of ledger.TerminalID, epoch ledger.Epoch, branch ledger.Branch) (life, error) {
	l := life{Head: ledger.Head{Epoch: epoch, Branch: branch}, known: true}
	err := tx.QueryRow(`
		SELECT began_from, seq, head
		FROM epoch
		WHERE terminal = $1 AND epoch = $2 AND branch = $3`, of, epoch, branch).
		Scan(&l.began, &l.Seq, &l.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return life{Head: ledger.Head{Epoch: epoch, Branch: branch}}, nil
	}
	if err != nil {
		return l, fmt.Errorf("read epoch: %w", err)
	}
	return l, nil
}

// latestLife returns the highest epoch that came in; not known where nothing
// did.
func latestLife(tx *database.Tx, of ledger.TerminalID) (life, error) {
	l := life{known: true}
	err := tx.QueryRow(`
		SELECT epoch, branch, began_from, seq, head
		FROM epoch
		WHERE terminal = $1
		ORDER BY epoch DESC, branch
		LIMIT 1`, of).
		Scan(&l.Epoch, &l.Branch, &l.began, &l.Seq, &l.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return life{}, nil
	}
	if err != nil {
		return l, fmt.Errorf("read epoch: %w", err)
	}
	return l, nil
}

// otherBranch reports whether the epoch came in on another branch.
func otherBranch(tx *database.Tx, of ledger.TerminalID, epoch ledger.Epoch, branch ledger.Branch) (bool, error) {
	var n int
	err := tx.QueryRow(`
		SELECT count(*) FROM epoch
		WHERE terminal = $1 AND epoch = $2 AND branch <> $3`, of, epoch, branch).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read epoch: %w", err)
	}
	return n > 0, nil
}

// linkAt returns the chain's hash at a seq of a life that has it.
func (l life) linkAt(tx *database.Tx, of ledger.TerminalID, seq ledger.Seq) (ledger.Hash, error) {
	switch seq {
	case 0:
		return l.began, nil
	case l.Seq:
		return l.Hash, nil
	}
	var link ledger.Hash
	err := tx.QueryRow(`
		SELECT link FROM intake
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`, of, l.Epoch, l.Branch, seq).Scan(&link)
	if err != nil {
		return link, fmt.Errorf("read chain of %s: %w", ledger.Place{Terminal: of, Epoch: l.Epoch, Seq: seq}, err)
	}
	return link, nil
}

// hasHash reports whether a terminal's journal, as it came in, ever had this
// hash. It looks at the latest entries first: an epoch begins near the end of
// the one before, and an index for the rest would cost every insert.
func hasHash(tx *database.Tx, of ledger.TerminalID, hash ledger.Hash) (bool, error) {
	if hash.IsZero() {
		return false, nil
	}
	for _, query := range []string{
		`SELECT 1 FROM epoch WHERE terminal = $1 AND began_from = $2 LIMIT 1`,
		`SELECT 1 FROM intake WHERE terminal = $1 AND link = $2 ORDER BY epoch DESC, branch DESC, seq DESC LIMIT 1`,
	} {
		var one int
		err := tx.QueryRow(query, of, hash).Scan(&one)
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return false, fmt.Errorf("look up hash: %w", err)
		}
	}
	return false, nil
}

// knowsKey records the newest key that a terminal says it knows.
func (t *terminal) knowsKey(tx *database.Tx, id string) error {
	if id == t.keyID {
		return nil
	}
	if _, err := tx.Exec(`UPDATE terminal SET key_id = $1 WHERE terminal = $2`, id, t.id); err != nil {
		return fmt.Errorf("record key of terminal: %w", err)
	}
	return nil
}
