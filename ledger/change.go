package ledger

import "encoding/json"

// Position is a row's place in a store's feed, from 1.
type Position uint64

// ChangeKind says what a feed row is about.
type ChangeKind string

// The kinds of feed rows.
const (
	AccountChange ChangeKind = "account"
	ForwardChange ChangeKind = "forward"
	RightChange   ChangeKind = "right"
	VerdictChange ChangeKind = "verdict"

	// A till of the release before knows none of these, and is not told them.
	ProgramChange ChangeKind = "program"
	StopChange    ChangeKind = "stop"
	// Nor this one.
	HouseholdChange ChangeKind = "household"
	// Nor this one, of a later release than those.
	ErasureChange ChangeKind = "erasure"
	// Nor this one, of a later release still.
	PINChange ChangeKind = "pin"
	// Nor this one, of a later release still than that. Its key is the business day.
	StoreDayChange ChangeKind = "store_day"
)

// Change is one row of a store's feed: state, not log. A later row of the
// same kind and key replaces it.
type Change struct {
	Position Position       `json:"position"`
	Kind     ChangeKind     `json:"kind"`
	Key      string         `json:"key"`
	Account  *AccountState  `json:"account,omitempty"`
	Forward  *Forward       `json:"forward,omitempty"`
	Right    *RightState    `json:"right,omitempty"`
	Verdict  *VerdictOf     `json:"verdict,omitempty"`
	Program  *SignedProgram `json:"program,omitempty"`
	Stop     *SignedStop    `json:"stop,omitempty"`
	// Household stands before the row of its account.
	Household *Household `json:"household,omitempty"`
	// Erasure stands before all that is told of her account afterwards.
	Erasure *Erasure `json:"erasure,omitempty"`
	PINs    *PINs    `json:"pins,omitempty"`
	// StoreDay is what the store's tills told of a business day.
	StoreDay *StoreDay `json:"store_day,omitempty"`
}

// StoreDay is what a store's tills told of a business day, added up once per entry. A
// few last days are told.
type StoreDay struct {
	Day   Date `json:"business_day_date"`
	Tills int  `json:"tills"` // that told anything of it
	// Totals are report.Totals in JSON; absent where they do not fit.
	Totals json.RawMessage `json:"totals,omitempty"`
}

// AccountState is what a store knows of an account.
type AccountState struct {
	Account AccountID `json:"account"`
	// Identifiers are keyed hashes (key of the store) of how the member is
	// found; Name is masked.
	Identifiers []KeyedHash `json:"identifiers,omitempty"`
	Name        string      `json:"name,omitempty"`
	Balances    []Balance   `json:"balances,omitempty"`
	// State is what the store's program remembers of her, as loyalty.State in
	// JSON; BirthMonth (1 to 12) and Segments are what its conditions may ask.
	State      json.RawMessage `json:"state,omitempty"`
	BirthMonth int             `json:"birth_month,omitempty"`
	Segments   []string        `json:"segments,omitempty"`
	// Applied is the last place of each of the store's terminals that these
	// balances count, so that shown balance = row + own entries after it.
	Applied []Place `json:"applied,omitempty"`
	AsOf    Millis  `json:"as_of_ms"`
}

// Balance is what an account has of one unit of one program.
type Balance struct {
	Program    string `json:"program"`
	Unit       Unit   `json:"unit"`
	Available  Points `json:"available"`
	Escrowed   Points `json:"escrowed"` // in open rights, at whichever terminal
	Pending    Points `json:"pending"`
	Receivable Points `json:"receivable"`
}

// Forward says that one account's entries belong to another for ever.
type Forward struct {
	From AccountID `json:"from"`
	To   AccountID `json:"to"`
}

// RightState delivers a right to its terminal, or asks for it back.
type RightState struct {
	Terminal TerminalID   `json:"terminal"`
	Grant    *SignedEntry `json:"grant,omitempty"`
	Right    RightID      `json:"right"`
	// Recall asks the terminal to give the right back; Closed says that
	// headquarters has ended it.
	Recall bool `json:"recall,omitempty"`
	Closed bool `json:"closed,omitempty"`
}

// SignedEntry is a body of headquarters with its signature, verbatim, so that
// a terminal can hand it back to a headquarters that forgot it.
type SignedEntry struct {
	Body      []byte `json:"body"`
	Signature []byte `json:"signature"`
}

// KeptRight is a right as its terminal has it: headquarters' grant, and what
// was spent of it and is open, without what was given back or ended unspent.
type KeptRight struct {
	Grant SignedEntry `json:"grant"`
	Kept  Points      `json:"kept"`
}

// Listed is an identifier as a terminal's directory has it: whose it is, and
// how she is called there. Its hash is abridged.
type Listed struct {
	Hash    KeyedHash `json:"hash"`
	Account AccountID `json:"account"`
	// Member is whose it is, where not the account's own.
	Member MemberID `json:"member,omitzero"`
	Name   string   `json:"name,omitempty"` // masked
}

// Verdict is the projector's word on an entry.
type Verdict string

// The verdicts. Only those other than Posted come by the feed.
const (
	Posted        Verdict = "posted"
	Suspected     Verdict = "suspect"
	LossFunded    Verdict = "loss_funded"
	DuplicateSale Verdict = "duplicate_sale"
	Held          Verdict = "held"
	DuplicateName Verdict = "duplicate_identifier"
	ExcessReturn  Verdict = "excess_return"
	DuplicateRef  Verdict = "duplicate_ref"
	// Of a confirm or claim: another was first; the sale names somebody else; too
	// little proof; its time was over; it is no sale of this kind, or its code is
	// not the one; the limit of claims is reached.
	DuplicateClaim Verdict = "duplicate_claim"
	NotNamed       Verdict = "not_named"
	TooWeak        Verdict = "weak_proof"
	TooLate        Verdict = "too_late"
	NotClaimable   Verdict = "not_claimable"
	LimitReached   Verdict = "limit_reached"
	// Whom its attachment names was erased, and its till had not heard of it: what it
	// says happened, and nothing of who it was is kept.
	Erased Verdict = "erased"
	// Of a split or part: its right has less, or is not to be split so.
	NotCovered Verdict = "not_covered"
	// Of a sale that stood by itself, by the feed alone: somebody has it now.
	Confirmed Verdict = "confirmed"
)

// VerdictOf tells a till what became of its entry.
type VerdictOf struct {
	Entry   EntryID `json:"entry"`
	Verdict Verdict `json:"verdict"`
	Subject Subject `json:"subject"`
}
