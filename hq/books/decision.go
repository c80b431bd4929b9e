package books

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Rules is the version of what is decided here; it stands in each decision.
const Rules = 8

// Decision is all that was decided about an entry. Its JSON is what the
// account's ledger chains; folding the decisions of an account in order gives
// its balances, lots and rights, and decides nothing again.
type Decision struct {
	V       int            `json:"v"`
	Rules   int            `json:"rules"`
	Entry   ledger.EntryID `json:"entry"`
	Kind    ledger.Kind    `json:"kind"`
	Body    ledger.Hash    `json:"body"`
	Place   *ledger.Place  `json:"place,omitempty"` // none for headquarters' own
	Orig    *ledger.Place  `json:"orig,omitempty"`
	Subject ledger.Subject `json:"subject"`
	Account Holder         `json:"account"`
	At      ledger.Millis  `json:"effective_ms"`
	Verdict ledger.Verdict `json:"verdict"`
	Program string         `json:"program,omitempty"`
	Grant   *ledger.Right  `json:"grant,omitempty"`
	Moves   Moves          `json:"moves,omitempty"`
	// Effect is what else it did under the program: its moves are Moves.
	Effect *loyalty.Effect `json:"effect,omitempty"`
	Close  *closing        `json:"close,omitempty"`
	// LostWorth is what uses that a loss paid for gave in money.
	LostWorth ledger.Minor `json:"lost_worth_minor,omitempty"`
	// Segment is what it did to the segments she is in.
	Segment *SegmentMove `json:"segment,omitempty"`
	// Of a return: its sale's entry, what came back of it, and what the customer
	// got back for that.
	Sale  ledger.EntryID        `json:"sale,omitzero"`
	Back  []ledger.ReturnedLine `json:"back,omitempty"`
	Total ledger.Minor          `json:"total,omitempty"`
	// Of an account that became another's: its open rights, and where it was served
	// last under the program, at both sides.
	Rights []CarriedRight    `json:"rights,omitempty"`
	Lane   ledger.TerminalID `json:"lane,omitzero"`
}

// closing ends a right.
type closing struct {
	Right ledger.RightID `json:"right"`
	State rightState     `json:"state"`
}

type rightState string

const (
	RightOpen      rightState = "open"
	RightReturned  rightState = "returned"
	RightReclaimed rightState = "reclaimed"
)

// Own makes it headquarters' own, on an entry of its in a ledger.
func (d *Decision) Own(e *ledger.Entry, body []byte, of Holder) {
	d.V, d.Rules, d.Entry, d.Kind, d.Body = 1, Rules, e.ID, e.Kind, ledger.HashOf(body)
	d.Subject, d.Account, d.At, d.Verdict = e.Subject, of, e.At, ledger.Posted
}

// usualRow is room for what most rows say.
const usualRow = 1536 // bytes

// Encode gives the text that a ledger chains.
func (d *Decision) Encode() ([]byte, error) {
	t := text{bytes: make([]byte, 0, usualRow)}
	t.decision(d)
	if t.err != nil {
		return nil, fmt.Errorf("encode decision on %s: %w", d.Entry, t.err)
	}
	return t.bytes, nil
}

// Counts reports whether what its till told counts in the till's day by this decision:
// what is held does once it is released, by another; of a key's second sale or return
// another entry told already.
func (d *Decision) Counts() bool {
	return d.Verdict != ledger.Held && d.Verdict != ledger.DuplicateSale
}

// lost returns what the decision booked to loss.
func (d *Decision) lost() (total ledger.Points) {
	for _, m := range d.Moves {
		if m.From == ledger.Loss {
			total += m.Amount
		}
	}
	return total
}

// day is the store's date that lots are made on; empty where none is.
func (d *Decision) day() ledger.Date {
	if d.Effect == nil {
		return ""
	}
	return d.Effect.Day
}

// Do takes over what was decided under the program.
func (d *Decision) Do(a *Account, e loyalty.Effect) {
	a.Take(&e)
	if d.Moves == nil {
		d.Moves = e.Moves
	} else {
		d.Moves = append(d.Moves, e.Moves...)
	}
	e.Moves = nil
	d.Effect = &e
}

// Did is all that was decided, as what the account did.
func (d *Decision) Did() loyalty.Effect {
	e := loyalty.Effect{
		Entry: d.Entry, Kind: d.Kind, At: d.At, Sale: d.Sale, Back: d.Back, Total: d.Total, Void: d.Kind == ledger.Voided,
	}
	if d.Effect != nil {
		e = *d.Effect
	}
	e.Moves = d.Moves
	return e
}

// Postings are those of moves.
func Postings(moves []loyalty.Move) []ledger.Posting {
	all := make([]ledger.Posting, len(moves))
	for i, m := range moves {
		all[i] = m.Posting
	}
	return all
}
