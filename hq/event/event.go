// Package event knows what a person should hear of headquarters: what happened,
// in a constant phrase, and with what. It names no person.
package event

import "github.com/loyaltyd/loyaltyd/ledger"

// Event is something that a person should hear of.
type Event struct {
	What     string // a constant phrase, as a log's message
	Terminal ledger.TerminalID
	Account  string
	Entry    ledger.EntryID
	Right    ledger.RightID
	Amount   ledger.Points
	Worth    ledger.Minor // of what was lost, where it has a value in money
	Rule     string
	Operator string
	Reason   string
}

// What events say.
const (
	Fork          = "terminal fenced: two machines used its id"
	Regress       = "terminal is behind what it sent before: restored from an older copy?"
	Machine       = "terminal runs on another machine"
	Unrooted      = "epoch began from a hash headquarters does not have"
	Quarantined   = "entry quarantined"
	Loss          = "spend booked to loss"
	DuplicateSale = "sale came twice under one id"
	DuplicateName = "identifier enrolled twice: one account"
	DuplicateCard = "card is another member's: not bound"
	Excess        = "more came back of a sale than was left"
	Held          = "entry of a fenced terminal held"
	Unproven      = "right reclaimed unproven"
	ReturnIgnored = "return of a right that was not open"
	Clock         = "clock jumped: nothing is reclaimed until confirmed"
	Placement     = "right could not be placed"
	Cap           = "more was given than a limit allows, and taken back"
	Beyond        = "reward was had beyond its limit"
	NotClaimed    = "confirm or claim of a sale refused"
	Stuck         = "could not be moved to its account"
	Undone        = "what is to be done of an account cannot be, and waits"
	Dropped       = "sale that nobody confirmed or claimed in time dropped"
	Sums          = "batch sums up to something else than it was sealed for"
	Failed        = "request failed"
	Locked        = "terminal waits for what another connection has locked"
	Heard         = "terminal has sent what the restored headquarters forgot"
	Recovered     = "restored headquarters places rights again"
	Shortfall     = "right handed back is short of points"
	NotBelieved   = "identifier listed by a till is another member's: not believed"
	Parted        = "tills know two accounts as one that are two here: a merge after the backup was lost, say it again"
	Unreadable    = "published program cannot be read by this release: it decides nothing here"
	InForce       = "another version of the program is in force"
	HandedBack    = "published program handed back to a restored headquarters"
	RuleStopped   = "rule stopped"
	Flagged       = "an operator's entry meets a rule of conduct"
	NotReferred   = "nobody gets what an entry gives to a referrer"
	Split         = "part of a right is not covered by it"
	KeyFile       = "another process has a newer hq.key: copy it here"
	UnknownKey    = "terminal goes by a key of headquarters that is not here: bring the hq.key of after the rotation"
	PIN           = "PIN set without proof enough, or that cannot be read: not taken"
	Erased        = "till had not heard of an erasure: what it sent of who was erased is erased"
	ListedFull    = "a store's tills list more than is kept of it"
	Strangers     = "terminal asks for more numbers that its store never met than a counter has customers: was it stolen?"
)
