package authority

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Room is what a terminal's cap leaves. It is taken before a right is granted,
// in a transaction of the terminal, because rights of many accounts share it.

var (
	// ErrNoRoom says that a terminal holds as much as it may.
	ErrNoRoom = errors.New("the terminal's cap is reached")
	// ErrRoomMoved says that what a right took of a terminal's room is not its own by now:
	// somebody gave it back meanwhile, or its account became another's. Planned anew it is
	// given, or found to stand.
	ErrRoomMoved = errors.New("the right's room was given to others meanwhile")
)

// takeRoom takes room for a plan's right, at most what is left and in multiples of
// its cost, and returns how much. Taking it again for the same right gives the
// same.
func takeRoom(tx *database.Tx, most ledger.Points, p *Plan) (ledger.Points, error) {
	r := &p.Right
	var taken ledger.Points
	var by books.Holder
	err := tx.QueryRow(`SELECT account, amount FROM room WHERE terminal = $1 AND right_id = $2`, r.Terminal, r.ID).
		Scan(&by, &taken)
	if err := records.OrNone(err); err != nil {
		return 0, fmt.Errorf("read room: %w", err)
	}
	if by == p.Holder {
		return taken, nil
	}
	if by != "" {
		return 0, ErrRoomMoved
	}
	var used ledger.Points
	err = tx.QueryRow(`SELECT coalesce(sum(amount), 0) FROM room WHERE terminal = $1`, r.Terminal).Scan(&used)
	if err != nil {
		return 0, fmt.Errorf("read room: %w", err)
	}
	room := min(r.Amount, most-used)
	room -= room % p.cost
	if room <= 0 || room < p.least {
		return 0, ErrNoRoom
	}
	_, err = tx.Exec(`
		INSERT INTO room (terminal, right_id, account, amount)
		VALUES ($1, $2, $3, $4)`, r.Terminal, r.ID, p.Holder, room)
	if err != nil {
		return 0, fmt.Errorf("take room: %w", err)
	}
	return room, nil
}

// hasRoom reports whether what a right took of its terminal's room is still its own.
func hasRoom(tx *database.Tx, r *ledger.Right, of books.Holder) (has bool, err error) {
	err = tx.QueryRow(`
		SELECT EXISTS (SELECT 1 FROM room WHERE terminal = $1 AND right_id = $2 AND account = $3 AND amount >= $4)`,
		r.Terminal, r.ID, of, r.Amount).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("read room: %w", err)
	}
	return has, nil
}

// RoomUse is a terminal's room taken by a right, and what the right has left, with the
// parts that a hub gave of it: its cap is what all its lanes may hold.
type RoomUse struct {
	Terminal ledger.TerminalID
	Right    ledger.RightID
	rest     ledger.Points
}

// HaveRoom finds which accounts of a list have rights that took room.
var HaveRoom = database.Many{Head: `
	SELECT DISTINCT account FROM room WHERE account IN (VALUES`, Tail: `)`}

// ReadRoom returns what the rights of an account need of the room they took, or the parts of
// one that ended at another account, which became this. Room of a right that is not granted
// is left out: somebody may be about to (ReadOrphans). So is all room of an account while
// anything of it is on its way to the one that it became: a right that went along needs its
// room there.
func ReadRoom(tx *database.Tx, of books.Holder) ([]RoomUse, error) {
	rows, err := tx.Query(`
		SELECT m.terminal, m.right_id,
		       CASE WHEN r.state = 'open' THEN r.amount - r.spent - r.returned ELSE 0 END +
		       CASE WHEN t.hub = 0 THEN 0 ELSE (
		           SELECT coalesce(sum(p.amount - p.spent - p.returned), 0)
		           FROM account_right p
		           WHERE p.account = m.account AND p.parent = m.right_id AND p.state = 'open') END
		FROM room m
		LEFT JOIN account_right r ON r.account = m.account AND r.right_id = m.right_id
		JOIN terminal t ON t.terminal = m.terminal
		WHERE m.account = $1 AND NOT EXISTS (SELECT 1 FROM handover h WHERE h.account = $2)
		  AND (r.right_id IS NOT NULL OR EXISTS (
		           SELECT 1 FROM account_right p WHERE p.account = m.account AND p.parent = m.right_id))`, of, of)
	if err != nil {
		return nil, fmt.Errorf("read room: %w", err)
	}
	defer rows.Close()
	var uses []RoomUse
	for rows.Next() {
		var u RoomUse
		if err := rows.Scan(&u.Terminal, &u.Right, &u.rest); err != nil {
			return nil, fmt.Errorf("read room: %w", err)
		}
		uses = append(uses, u)
	}
	return uses, rows.Err()
}

// Settle gives back the room that a right no longer needs.
func (u RoomUse) Settle(tx *database.Tx) error {
	query := `UPDATE room SET amount = $1 WHERE terminal = $2 AND right_id = $3`
	args := []any{u.rest, u.Terminal, u.Right}
	if u.rest == 0 {
		query, args = `DELETE FROM room WHERE terminal = $1 AND right_id = $2`, args[1:]
	}
	if _, err := tx.Exec(query, args...); err != nil {
		return fmt.Errorf("give room back: %w", err)
	}
	return nil
}

// Orphan is room that nothing needs, as its row says whose it is: also one that nobody can
// read is given back.
type Orphan struct{ terminal, right string }

// needed says of a row of room that a right which is open needs it, or a part of one; or
// something that is on its way to the account that its own became: it is open at neither,
// and needs its room there.
const needed = `(
	EXISTS (
		SELECT 1 FROM account_right r
		WHERE r.account = room.account AND r.right_id = room.right_id AND r.state = 'open')
	OR EXISTS (
		SELECT 1 FROM account_right p
		WHERE p.account = room.account AND p.parent = room.right_id AND p.state = 'open')
	OR EXISTS (SELECT 1 FROM handover h WHERE h.account = room.account))`

// ReadOrphans looks through the next rows of room behind one, at most so many, for such
// room. It returns the last that it looked at, and whether there may be more.
func ReadOrphans(tx *database.Tx, behind Orphan, most int) (found []Orphan, last Orphan, more bool, err error) {
	rows, err := tx.Query(`
		SELECT terminal, right_id, `+needed+`
		FROM room
		WHERE (terminal, right_id) > ($1, $2)
		ORDER BY terminal, right_id
		LIMIT $3`, behind.terminal, behind.right, most)
	if err != nil {
		return nil, behind, false, err
	}
	defer rows.Close()
	looked := 0
	for ; rows.Next(); looked++ {
		var needed bool
		if err := rows.Scan(&last.terminal, &last.right, &needed); err != nil {
			return nil, behind, false, err
		}
		if !needed {
			found = append(found, last)
		}
	}
	return found, last, looked == most, rows.Close()
}

// GiveBack gives it back, unless a right needs it by now: somebody may have granted it
// since it was looked at.
func (o Orphan) GiveBack(tx *database.Tx) error {
	_, err := tx.Exec(`
		DELETE FROM room
		WHERE terminal = $1 AND right_id = $2 AND NOT `+needed, o.terminal, o.right)
	if err != nil {
		return fmt.Errorf("give room back: %w", err)
	}
	return nil
}

// GiveAllBack gives all such room back, where nobody can be about to use any.
func GiveAllBack(tx *database.Tx) error {
	_, err := tx.Exec(`
		DELETE FROM room
		WHERE NOT ` + needed)
	if err != nil {
		return fmt.Errorf("give room back: %w", err)
	}
	return nil
}
