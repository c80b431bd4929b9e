package ledger

// Seal is the signed first line of a batch: which places it fills, from which
// hash to which, and what it sums to.
type Seal struct {
	V        int        `json:"v"`
	Terminal TerminalID `json:"terminal"`
	Epoch    Epoch      `json:"epoch"`
	Branch   Branch     `json:"branch"`
	First    Seq        `json:"first"`
	Count    int        `json:"count"` // lines of entries that follow
	Prev     Hash       `json:"prev"`  // the chain before First
	Head     Hash       `json:"head"`  // the chain after the last line
	Sums     []UnitSum  `json:"sums,omitempty"`
	// Origs tell the first places of re-appended entries.
	Origs       []OrigAt `json:"origs,omitempty"`
	Attachments int      `json:"attachments,omitempty"` // lines of attachments behind the entries
	At          Millis   `json:"at_ms"`
	// Token is the session token of the last answer.
	Token string `json:"token"`
}

// UnitSum is what a batch issues and redeems of a unit.
type UnitSum struct {
	Unit     Unit   `json:"unit"`
	Issued   Points `json:"issued"`
	Redeemed Points `json:"redeemed"`
}

// OrigAt is the first place of the entry in line Line of a batch, from 0.
type OrigAt struct {
	Line  int   `json:"line"`
	Place Place `json:"place"`
}

// Outcome is what headquarters did with a line.
type Outcome string

// The outcomes of a line. A past fact is never refused.
const (
	Stored      Outcome = "stored"
	Duplicate   Outcome = "duplicate"
	Quarantined Outcome = "quarantined"
)

// LineOutcome tells one line that was not simply stored.
type LineOutcome struct {
	Line    int     `json:"line"`
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"`
}

// Ack is headquarters' countersigned answer to a batch.
type Ack struct {
	V      int           `json:"v"`
	UpTo   Place         `json:"up_to"` // all places of the epoch up to this are stored
	Head   Hash          `json:"head"`
	Others []LineOutcome `json:"others,omitempty"`
	// Durable is the last place in a verified backup or synchronous replica;
	// zero where there is none yet. Only below it may a terminal prune.
	Durable     Place       `json:"durable,omitzero"`
	Incarnation Incarnation `json:"incarnation"`
	At          Millis      `json:"at_ms"`
	Token       string      `json:"token"` // for the next batch
}

// Incarnation counts the lives of headquarters' database; a restore begins
// the next one.
type Incarnation uint32
