package inquiry

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Happened is one row of a member's ledger: what was told, where, and what it
// did to what she has.
type Happened struct {
	N        uint64         `json:"n"`
	Entry    ledger.EntryID `json:"entry"`
	Kind     ledger.Kind    `json:"kind"`
	At       ledger.Millis  `json:"effective_ms"`
	Terminal string         `json:"terminal,omitempty"` // its name; empty for headquarters' own
	Verdict  ledger.Verdict `json:"verdict"`
	Program  string         `json:"program,omitempty"`
	Version  int            `json:"version,omitempty"`
	// Of a sale, return or void.
	Receipt  string          `json:"receipt,omitempty"`
	Currency ledger.Currency `json:"currency_code,omitempty"`
	Total    ledger.Minor    `json:"total,omitempty"`
	// Activity is what she did that is no sale, Reason why something was done by hand
	// or corrected.
	Activity string `json:"activity,omitempty"`
	Reason   string `json:"reason,omitempty"`
	// Other is the account that something came from or went to, or that became hers.
	Other ledger.AccountID `json:"other_account,omitzero"`
	// Member is which of the account's members was here, where it has several.
	Member ledger.MemberID `json:"member_id,omitzero"`
	// Segmenting is which segment she was put in, or taken out of.
	Segmenting *ledger.Segmenting `json:"segment,omitempty"`
	// Operator is who did it at a till or by hand, Approver the manager who let
	// it be, Flags the rules of conduct that it met.
	Operator string   `json:"operator_id,omitempty"`
	Approver string   `json:"approver_id,omitempty"`
	Flags    []string `json:"flags,omitempty"`

	Moves    []loyalty.Move       `json:"moves,omitempty"`
	Rewards  []ledger.Taken       `json:"rewards,omitempty"`
	Statuses []ledger.StatusGrant `json:"statuses,omitempty"`
}

// maxHistory bounds how many rows are read at once.
const maxHistory = 10_000

// History returns what happened to the member who enrolled with a number in
// E.164 form, the last most rows of it, oldest first; or ErrNotFound.
func (d *Desk) History(ctx context.Context, e164 string, most int) (rows []Happened, err error) {
	err = d.view(ctx, func(tx *database.Tx) error {
		_, who, err := records.FindMember(tx, d.keys, e164)
		if err != nil {
			return err
		}
		rows, err = readHistory(tx, who, min(most, maxHistory))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return rows, nil
}

func readHistory(tx *database.Tx, of books.Holder, most int) (happened []Happened, err error) {
	err = eachHappened(tx, of, most, func(row Happened, _ []byte) { happened = append(happened, row) })
	return happened, err
}

// eachHappened gives the last most rows of a ledger, oldest first, each with the
// body of its entry.
func eachHappened(tx *database.Tx, of books.Holder, most int, give func(row Happened, body []byte)) error {
	decisions, err := records.ReadDecisions(tx, `
		SELECT decided FROM (
			SELECT n, decided FROM ledger WHERE account = $1 ORDER BY n DESC LIMIT $2
		) last ORDER BY n`, of, most)
	if err != nil {
		return err
	}
	names, err := terminalNames(tx)
	if err != nil {
		return err
	}
	var rows uint64
	if err := tx.QueryRow(`SELECT n FROM account WHERE account = $1`, of).Scan(&rows); err != nil {
		return fmt.Errorf("read account: %w", err)
	}
	for i, d := range decisions {
		row := Happened{
			N: rows - uint64(len(decisions)-1-i), Entry: d.Entry, Kind: d.Kind, At: d.At, Verdict: d.Verdict,
			Program: d.Program, Moves: d.Moves,
		}
		if d.Place != nil {
			row.Terminal = names[d.Place.Terminal]
		}
		body, err := records.BodyOf(tx, of, d)
		if err != nil {
			return err
		}
		e, err := ledger.Decode(body)
		if err != nil {
			return fmt.Errorf("read entry %s: %w", d.Entry, err)
		}
		row.tell(e)
		give(row, body)
	}
	return nil
}

// tell fills in what only the entry's own words say.
func (h *Happened) tell(e *ledger.Entry) {
	if e.Program != nil {
		h.Version = e.Program.Version
	}
	h.Member = e.Member
	h.Statuses, h.Operator, h.Approver, h.Flags = e.Statuses, e.Operator, e.Approver, e.Flags
	switch {
	case e.Sale != nil:
		h.Receipt, h.Currency, h.Total, h.Rewards = e.Sale.Receipt, e.Sale.Currency, e.Sale.Total, e.Sale.Rewards
	case e.Return != nil:
		h.Receipt, h.Currency, h.Total = e.Return.Receipt, e.Return.Currency, -e.Return.Total
	case e.Activity != nil:
		h.Activity = e.Activity.On
	case e.Correct != nil:
		h.Reason = e.Correct.Reason
	case e.Adjust != nil:
		h.Reason = e.Adjust.Reason
	case e.Claiming != nil:
		h.Reason = e.Claiming.Reason
	case e.Segmenting != nil:
		h.Segmenting, h.Reason = e.Segmenting, e.Segmenting.Reason
	case e.Merge != nil:
		h.Reason, h.Other = e.Merge.Reason, e.Merge.Account
	case e.Erase != nil:
		h.Reason = e.Erase.Reason
	case e.Transfer != nil:
		h.Other = e.Transfer.Account
	}
}

func terminalNames(tx *database.Tx) (map[ledger.TerminalID]string, error) {
	rows, err := tx.Query(`SELECT terminal, name FROM terminal`)
	if err != nil {
		return nil, fmt.Errorf("read terminals: %w", err)
	}
	defer rows.Close()
	names := map[ledger.TerminalID]string{}
	for rows.Next() {
		var id ledger.TerminalID
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, fmt.Errorf("read terminals: %w", err)
		}
		names[id] = name
	}
	return names, rows.Err()
}
