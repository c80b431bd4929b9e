package hq

import "github.com/loyaltyd/loyaltyd/ledger"

// Event is something that a person should hear of. It names no person.
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
	EventFork          = "terminal fenced: two machines used its id"
	EventRegress       = "terminal is behind what it sent before: restored from an older copy?"
	EventMachine       = "terminal runs on another machine"
	EventUnrooted      = "epoch began from a hash headquarters does not have"
	EventQuarantined   = "entry quarantined"
	EventLoss          = "spend booked to loss"
	EventDuplicateSale = "sale came twice under one id"
	EventDuplicateName = "identifier enrolled twice: one account"
	EventDuplicateCard = "card is another member's: not bound"
	EventExcess        = "more came back of a sale than was left"
	EventHeld          = "entry of a fenced terminal held"
	EventUnproven      = "right reclaimed unproven"
	EventReturnIgnored = "return of a right that was not open"
	EventClock         = "clock jumped: nothing is reclaimed until confirmed"
	EventPlacement     = "right could not be placed"
	EventCap           = "more was given than a limit allows, and taken back"
	EventBeyond        = "reward was had beyond its limit"
	EventNotClaimed    = "confirm or claim of a sale refused"
	EventStuck         = "could not be moved to its account"
	EventDropped       = "sale that nobody confirmed or claimed in time dropped"
	EventSums          = "batch sums up to something else than it was sealed for"
	EventFailed        = "request failed"
	EventHeard         = "terminal has sent what the restored headquarters forgot"
	EventRecovered     = "restored headquarters places rights again"
	EventShortfall     = "right handed back is short of points"
	EventNotBelieved   = "identifier listed by a till is another member's: not believed"
	EventParted        = "tills know two accounts as one that are two here: a merge after the backup was lost, say it again"
	EventUnreadable    = "published program cannot be read by this release: it decides nothing here"
	EventInForce       = "another version of the program is in force"
	EventHandedBack    = "published program handed back to a restored headquarters"
	EventRuleStopped   = "rule stopped"
	EventFlagged       = "an operator's entry meets a rule of conduct"
	EventNotReferred   = "nobody gets what an entry gives to a referrer"
	EventSplit         = "part of a right is not covered by it"
	EventKeyFile       = "another process has a newer hq.key: copy it here"
	EventUnknownKey    = "terminal goes by a key of headquarters that is not here: bring the hq.key of after the rotation"
	EventPIN           = "PIN set without proof enough, or that cannot be read: not taken"
	EventErased        = "till had not heard of an erasure: what it sent of who was erased is erased"
	EventListedFull    = "a store's tills list more than is kept of it"
)
