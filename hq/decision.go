package hq

import (
	"encoding/json"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// rules is the version of what apply.go decides; it stands in each decision.
const rules = 8

// decision is all that was decided about an entry. Its JSON is what the
// account's ledger chains; folding the decisions of an account in order gives
// its balances, lots and rights, and decides nothing again.
type decision struct {
	V       int            `json:"v"`
	Rules   int            `json:"rules"`
	Entry   ledger.EntryID `json:"entry"`
	Kind    ledger.Kind    `json:"kind"`
	Body    ledger.Hash    `json:"body"`
	Place   *ledger.Place  `json:"place,omitempty"` // none for headquarters' own
	Orig    *ledger.Place  `json:"orig,omitempty"`
	Subject ledger.Subject `json:"subject"`
	Account holder         `json:"account"`
	At      ledger.Millis  `json:"effective_ms"`
	Verdict ledger.Verdict `json:"verdict"`
	Program string         `json:"program,omitempty"`
	Grant   *ledger.Right  `json:"grant,omitempty"`
	Moves   moves          `json:"moves,omitempty"`
	// Effect is what else it did under the program: its moves are Moves.
	Effect *loyalty.Effect `json:"effect,omitempty"`
	Close  *closing        `json:"close,omitempty"`
	// LostWorth is what uses that a loss paid for gave in money.
	LostWorth ledger.Minor `json:"lost_worth_minor,omitempty"`
	// Segment is what it did to the segments she is in.
	Segment *segmentMove `json:"segment,omitempty"`
	// Of a return: its sale's entry, what came back of it, and what the customer
	// got back for that.
	Sale  ledger.EntryID        `json:"sale,omitzero"`
	Back  []ledger.ReturnedLine `json:"back,omitempty"`
	Total ledger.Minor          `json:"total,omitempty"`
	// Of an account that became another's: its open rights, and where it was served
	// last under the program, at both sides.
	Rights []carriedRight    `json:"rights,omitempty"`
	Lane   ledger.TerminalID `json:"lane,omitzero"`
}

// closing ends a right.
type closing struct {
	Right ledger.RightID `json:"right"`
	State rightState     `json:"state"`
}

type rightState string

const (
	rightOpen      rightState = "open"
	rightReturned  rightState = "returned"
	rightReclaimed rightState = "reclaimed"
)

// own makes it headquarters' own, on an entry of its in a ledger.
func (d *decision) own(e *ledger.Entry, body []byte, of holder) {
	d.V, d.Rules, d.Entry, d.Kind, d.Body = 1, rules, e.ID, e.Kind, ledger.HashOf(body)
	d.Subject, d.Account, d.At, d.Verdict = e.Subject, of, e.At, ledger.Posted
}

func (d *decision) encode() ([]byte, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode decision on %s: %w", d.Entry, err)
	}
	return text, nil
}

// lost returns what the decision booked to loss.
func (d *decision) lost() (total ledger.Points) {
	for _, m := range d.Moves {
		if m.From == ledger.Loss {
			total += m.Amount
		}
	}
	return total
}

// day is the store's date that lots are made on; empty where none is.
func (d *decision) day() ledger.Date {
	if d.Effect == nil {
		return ""
	}
	return d.Effect.Day
}

// do takes over what was decided under the program.
func (d *decision) do(a *account, e loyalty.Effect) {
	a.take(&e)
	if d.Moves == nil {
		d.Moves = e.Moves
	} else {
		d.Moves = append(d.Moves, e.Moves...)
	}
	e.Moves = nil
	d.Effect = &e
}
