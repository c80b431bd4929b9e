package inquiry

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Exposure is what terminals may spend without asking, and what that has cost:
// rights that were taken back without a word of theirs, and spends that no right
// paid for. Each list is in the order in which it came about.
type Exposure struct {
	Open     []OpenRight     `json:"open"`
	Unproven []UnprovenRight `json:"unproven"`
	Losses   []Loss          `json:"losses"`
	// More says that a list goes on beyond the most that was asked for.
	More bool          `json:"more,omitempty"`
	AsOf ledger.Millis `json:"as_of_ms"`
}

// RightOf says whose a right is, and which terminal's.
type RightOf struct {
	Right    ledger.RightID `json:"right"`
	Account  string         `json:"account"`
	Terminal string         `json:"terminal"`
	Name     string         `json:"terminal_name"`
	Program  string         `json:"program"`
	Unit     ledger.Unit    `json:"unit"`
	Amount   ledger.Points  `json:"amount"` // as it was granted
}

// OpenRight is a right that a terminal may still use, or that headquarters has
// not taken back yet.
type OpenRight struct {
	RightOf
	Rest       ledger.Points `json:"rest"`
	GrantedAt  ledger.Millis `json:"granted_at_ms"`
	SpendUntil ledger.Millis `json:"spend_until_ms"`
	ReclaimAt  ledger.Millis `json:"reclaim_at_ms"`
	Recalled   bool          `json:"recalled,omitempty"`
	// PartOf is the hub's right that it is a part of; zero where it is of none.
	PartOf ledger.RightID `json:"part_of,omitzero"`
}

// UnprovenRight is a right whose rest was taken back because its terminal was
// silent: nobody knows whether that was spent.
type UnprovenRight struct {
	RightOf
	TakenBack ledger.Points `json:"taken_back"`
	At        ledger.Millis `json:"at_ms"`
}

// ExposureOf narrows an exposure down.
type ExposureOf struct {
	Terminal ledger.TerminalID // all where zero
	Phone    string            // of a member, E.164; all where empty
	Most     int               // of each list, at least 1
}

// Exposure returns rights and losses. Its error is ErrNotFound where nobody has
// the number.
func (d *Desk) Exposure(ctx context.Context, of ExposureOf) (Exposure, error) {
	e := Exposure{Open: []OpenRight{}, Unproven: []UnprovenRight{}, Losses: []Loss{}, AsOf: ledger.MillisOf(d.now())}
	err := d.view(ctx, func(tx *database.Tx) error {
		look := exposureLook{tx: tx, most: of.Most, out: &e}
		if !of.Terminal.IsZero() {
			look.terminal = of.Terminal.String()
		}
		var err error
		if look.names, err = terminalNames(tx); err != nil {
			return err
		}
		if of.Phone != "" {
			if _, look.account, err = records.FindMember(tx, d.keys, of.Phone); err != nil {
				return err
			}
		}
		return look.all()
	})
	if err != nil {
		return Exposure{}, fmt.Errorf("read exposure: %w", err)
	}
	return e, nil
}

// exposureLook reads one exposure.
type exposureLook struct {
	tx       *database.Tx
	terminal string // all where empty, as account
	account  books.Holder
	most     int
	names    map[ledger.TerminalID]string
	out      *Exposure
}

func (l *exposureLook) all() error {
	for _, read := range []func() error{l.open, l.unproven, l.losses} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

// full reports whether a list has as many as were asked for.
func (l *exposureLook) full(has int) bool {
	l.out.More = l.out.More || has >= l.most
	return has >= l.most
}

func (l *exposureLook) right(r *books.Right, of books.Holder) RightOf {
	return RightOf{
		Right: r.ID, Account: string(of), Terminal: r.Terminal.String(), Name: l.names[r.Terminal],
		Program: r.Program, Unit: r.Unit, Amount: r.Amount,
	}
}

func (l *exposureLook) open() error {
	rows, err := l.tx.Query(`
		SELECT r.account, r.right_id, r.terminal, r.program, r.unit, r.amount, r.spent, r.returned, r.spend_until_ms, r.reclaim_at_ms,
		       r.parent, g.recorded_at_ms, EXISTS (SELECT 1 FROM recall c WHERE c.account = r.account AND c.right_id = r.right_id)
		FROM account_right r
		JOIN ledger g ON g.account = r.account AND g.entry = r.entry
		WHERE r.state = 'open' AND r.spent + r.returned < r.amount
		  AND ($1 = '' OR r.terminal = $2) AND ($3 = '' OR r.account = $4)
		ORDER BY g.recorded_at_ms, r.account, r.right_id
		LIMIT $5`, l.terminal, l.terminal, l.account, l.account, l.most+1)
	if err != nil {
		return fmt.Errorf("read open rights: %w", err)
	}
	defer rows.Close()
	for rows.Next() && !l.full(len(l.out.Open)) {
		var of books.Holder
		var r books.Right
		var o OpenRight
		err := rows.Scan(&of, &r.ID, &r.Terminal, &r.Program, &r.Unit, &r.Amount, &r.Spent, &r.Returned, &o.SpendUntil, &o.ReclaimAt,
			&o.PartOf, &o.GrantedAt, &o.Recalled)
		if err != nil {
			return fmt.Errorf("read open rights: %w", err)
		}
		o.RightOf, o.Rest = l.right(&r, of), r.Rest()
		l.out.Open = append(l.out.Open, o)
	}
	return rows.Err()
}

func (l *exposureLook) unproven() error {
	rows, err := l.tx.Query(`
		SELECT r.account, r.right_id, r.terminal, r.program, r.unit, r.amount, d.recorded_at_ms, d.decided
		FROM account_right r
		JOIN ledger d ON d.account = r.account AND d.n = r.n
		WHERE r.state = 'reclaimed' AND ($1 = '' OR r.terminal = $2) AND ($3 = '' OR r.account = $4)
		ORDER BY d.recorded_at_ms, r.account, r.right_id`, l.terminal, l.terminal, l.account, l.account)
	if err != nil {
		return fmt.Errorf("read reclaimed rights: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var of books.Holder
		var r books.Right
		var u UnprovenRight
		var decided []byte
		if err := rows.Scan(&of, &r.ID, &r.Terminal, &r.Program, &r.Unit, &r.Amount, &u.At, &decided); err != nil {
			return fmt.Errorf("read reclaimed rights: %w", err)
		}
		d, err := books.ReadDecision(decided)
		if err != nil {
			return fmt.Errorf("read decision: %w", err)
		}
		for _, m := range d.Moves {
			u.TakenBack += m.Amount
		}
		if u.TakenBack == 0 {
			continue // all of it was spent, and told in time
		}
		if l.full(len(l.out.Unproven)) {
			break
		}
		u.RightOf = l.right(&r, of)
		l.out.Unproven = append(l.out.Unproven, u)
	}
	return rows.Err()
}
