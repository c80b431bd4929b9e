package records

import (
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Terminal is a terminal's row as the exchange needs it.
type Terminal struct {
	ID        ledger.TerminalID
	Store     ledger.StoreID
	Key       ed25519.PublicKey
	Machine   string
	enrolled  ledger.Millis
	Fenced    bool
	Epoch     ledger.Epoch
	Branch    ledger.Branch
	Unrooted  ledger.Epoch
	Issued    uint64
	Used      uint64
	UsedBytes []byte // SHA-256 of the batch under the token used
	Answer    []byte
	TakesUses bool // its release knows rights to uses
	SeenAt    ledger.Millis
	KeyID     string        // of the newest key of ours that it knows
	Erasures  ledger.Millis // up to which it has sealed past
	Durable   ledger.Place  // of its journal; zero where nothing is
	Hub       bool
}

// terminalColumns are those that Terminal.scan takes.
const terminalColumns = `
	SELECT t.terminal, t.store, t.public_key, t.machine, t.enrolled_at_ms, t.fenced_at_ms IS NOT NULL, t.epoch, t.branch, t.unrooted,
	       t.issued, t.used, t.used_request, t.used_answer, t.takes_uses, t.seen_at_ms, t.key_id, t.erasures_ms, t.hub,
	       coalesce(d.epoch, 0), coalesce(d.branch, t.branch), coalesce(d.seq, 0)
	FROM terminal t LEFT JOIN durable d ON d.terminal = t.terminal
`

// scan reads a row of terminalColumns.
func (t *Terminal) scan(row interface{ Scan(...any) error }) error {
	err := row.Scan(&t.ID, &t.Store, &t.Key, &t.Machine, &t.enrolled, &t.Fenced, &t.Epoch, &t.Branch, &t.Unrooted,
		&t.Issued, &t.Used, &t.UsedBytes, &t.Answer, &t.TakesUses, &t.SeenAt, &t.KeyID, &t.Erasures, &t.Hub,
		&t.Durable.Epoch, &t.Durable.Branch, &t.Durable.Seq)
	t.Durable.Terminal = t.ID
	if t.Fenced || t.Durable.Epoch == 0 {
		t.Durable = ledger.Place{}
	}
	return err
}

// ReadTerminal returns a terminal's row, or ErrNotFound.
func ReadTerminal(tx *database.Tx, id ledger.TerminalID) (t Terminal, err error) {
	err = t.scan(tx.QueryRow(terminalColumns+`WHERE t.terminal = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return t, fmt.Errorf("terminal %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return t, fmt.Errorf("read terminal: %w", err)
	}
	return t, nil
}

var terminals = database.Many{Head: terminalColumns + `WHERE t.terminal IN (VALUES`, Tail: `)`}

// ReadTerminals returns the rows of terminals, without those that are not known.
func ReadTerminals(tx *database.Tx, ids []ledger.TerminalID) (map[ledger.TerminalID]*Terminal, error) {
	found := make(map[ledger.TerminalID]*Terminal, len(ids))
	err := tx.QueryMany(terminals, listOf(ids), func(rows *database.Rows) error {
		t := &Terminal{}
		err := t.scan(rows)
		found[t.ID] = t
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read terminals: %w", err)
	}
	return found, nil
}

// Listener is what of a terminal's row the feed asks for, each time that it is told
// something.
type Listener struct {
	Store    ledger.StoreID
	Fenced   bool
	Awaited  bool // a restored headquarters waits for what it has
	SeenAt   ledger.Millis
	KeyID    string
	Erasures ledger.Millis
}

var listeners = database.Many{Head: `
	SELECT t.terminal, t.store, t.fenced_at_ms IS NOT NULL, a.terminal IS NOT NULL, t.seen_at_ms, t.key_id, t.erasures_ms
	FROM terminal t LEFT JOIN awaited a ON a.terminal = t.terminal
	WHERE t.terminal IN (VALUES`, Tail: `)`}

// ReadListeners returns what the feed asks of terminals, without those that are not
// known.
func ReadListeners(tx *database.Tx, ids []ledger.TerminalID) (map[ledger.TerminalID]Listener, error) {
	found := make(map[ledger.TerminalID]Listener, len(ids))
	err := tx.QueryMany(listeners, listOf(ids), func(rows *database.Rows) error {
		var id ledger.TerminalID
		var l Listener
		if err := rows.Scan(&id, &l.Store, &l.Fenced, &l.Awaited, &l.SeenAt, &l.KeyID, &l.Erasures); err != nil {
			return err
		}
		found[id] = l
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read terminals: %w", err)
	}
	return found, nil
}

// IsBound reports whether rights of this branch are the terminal's to use now.
func IsBound(t *Terminal, epoch ledger.Epoch, branch ledger.Branch) bool {
	return !t.Fenced && t.Epoch == epoch && t.Branch == branch
}

// Fence shuts a terminal's id out for ever: no rights, no feed; what still
// comes from it is held.
func Fence(tx *database.Tx, t *Terminal, reason string, now ledger.Millis) error {
	t.Fenced, t.Durable = true, ledger.Place{}
	_, err := tx.Exec(`
		UPDATE terminal SET fenced_at_ms = $1, fence_reason = $2
		WHERE terminal = $3 AND fenced_at_ms IS NULL`, now, reason, t.ID)
	if err != nil {
		return fmt.Errorf("fence terminal: %w", err)
	}
	return nil
}

// Life is one epoch and branch of a journal, as far as it came in.
type Life struct {
	ledger.Head
	Began ledger.Hash
	Known bool // anything came in
}

// ReadLife returns what came in of an epoch and branch.
func ReadLife(tx *database.Tx, of ledger.TerminalID, epoch ledger.Epoch, branch ledger.Branch) (Life, error) {
	l := Life{Head: ledger.Head{Epoch: epoch, Branch: branch}, Known: true}
	err := tx.QueryRow(`
		SELECT began_from, seq, head
		FROM epoch
		WHERE terminal = $1 AND epoch = $2 AND branch = $3`, of, epoch, branch).
		Scan(&l.Began, &l.Seq, &l.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Life{Head: ledger.Head{Epoch: epoch, Branch: branch}}, nil
	}
	if err != nil {
		return l, fmt.Errorf("read epoch: %w", err)
	}
	return l, nil
}

// LatestLife returns the highest epoch that came in; not known where nothing
// did.
func LatestLife(tx *database.Tx, of ledger.TerminalID) (Life, error) {
	l := Life{Known: true}
	err := tx.QueryRow(`
		SELECT epoch, branch, began_from, seq, head
		FROM epoch
		WHERE terminal = $1
		ORDER BY epoch DESC, branch
		LIMIT 1`, of).
		Scan(&l.Epoch, &l.Branch, &l.Began, &l.Seq, &l.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Life{}, nil
	}
	if err != nil {
		return l, fmt.Errorf("read epoch: %w", err)
	}
	return l, nil
}

var latestLives = database.Many{Head: `
	SELECT e.terminal, e.epoch, e.branch, e.began_from, e.seq, e.head
	FROM epoch e
	WHERE NOT EXISTS (SELECT 1 FROM epoch o WHERE o.terminal = e.terminal AND o.epoch > e.epoch)
	  AND e.terminal IN (VALUES`, Tail: `)`}

// LatestLives returns what came in of the highest epoch of each terminal: several
// where it has several branches, nothing where nothing came in.
func LatestLives(tx *database.Tx, of []ledger.TerminalID) (map[ledger.TerminalID][]Life, error) {
	found := make(map[ledger.TerminalID][]Life, len(of))
	err := tx.QueryMany(latestLives, listOf(of), func(rows *database.Rows) error {
		var id ledger.TerminalID
		l := Life{Known: true}
		if err := rows.Scan(&id, &l.Epoch, &l.Branch, &l.Began, &l.Seq, &l.Hash); err != nil {
			return err
		}
		found[id] = append(found[id], l)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read epochs: %w", err)
	}
	return found, nil
}

// OtherBranch reports whether the epoch came in on another branch.
func OtherBranch(tx *database.Tx, of ledger.TerminalID, epoch ledger.Epoch, branch ledger.Branch) (bool, error) {
	var n int
	err := tx.QueryRow(`
		SELECT count(*) FROM epoch
		WHERE terminal = $1 AND epoch = $2 AND branch <> $3`, of, epoch, branch).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read epoch: %w", err)
	}
	return n > 0, nil
}

// LinkAt returns the chain's hash at a seq of a life that has it.
func (l Life) LinkAt(tx *database.Tx, of ledger.TerminalID, seq ledger.Seq) (ledger.Hash, error) {
	switch seq {
	case 0:
		return l.Began, nil
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

// HasHash reports whether a terminal's journal, as it came in, ever had this
// hash. It looks at the latest entries first: an epoch begins near the end of
// the one before, and an index for the rest would cost every insert.
func HasHash(tx *database.Tx, of ledger.TerminalID, hash ledger.Hash) (bool, error) {
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

// KnowsKey records the newest key that a terminal says it knows.
func KnowsKey(tx *database.Tx, t *Terminal, id string) error {
	if id == t.KeyID {
		return nil
	}
	if _, err := tx.Exec(`UPDATE terminal SET key_id = $1 WHERE terminal = $2`, id, t.ID); err != nil {
		return fmt.Errorf("record key of terminal: %w", err)
	}
	return nil
}

// HubOf is a store's hub, the last one enrolled; nil where it has none.
func HubOf(tx *database.Tx, store ledger.StoreID) (*Terminal, error) {
	var id ledger.TerminalID
	err := tx.QueryRow(`
		SELECT terminal FROM terminal
		WHERE store = $1 AND hub = 1 AND fenced_at_ms IS NULL
		ORDER BY enrolled_at_ms DESC, terminal DESC
		LIMIT 1`, store).Scan(&id)
	if err := OrNone(err); err != nil {
		return nil, fmt.Errorf("look for a hub: %w", err)
	}
	if id.IsZero() {
		return nil, nil
	}
	t, err := ReadTerminal(tx, id)
	return &t, err
}
