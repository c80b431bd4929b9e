// Package wire knows how a terminal and headquarters write to each other: the
// messages, the frame of a batch, the signed requests and countersigned
// answers, and their bounds. What the two sides do with them is sync's and
// hq's.
package wire

import "time"

// Paths of headquarters' API for terminals.
const (
	EnrollPath = "/v1/enroll"
	HelloPath  = "/v1/sync/hello"
	BatchPath  = "/v1/sync/batches"
	FeedPath   = "/v1/sync/feed"
	RightsPath = "/v1/sync/rights"
	// HandBackPath takes what a restored headquarters forgot.
	HandBackPath = "/v1/sync/handback"
	// ListingPath takes whom it forgot. A headquarters of the release before
	// does not have it.
	ListingPath = "/v1/sync/listing"
	// PublicationPath takes what it published and forgot, one thing at a time. A
	// headquarters of the release before does not have it.
	PublicationPath = "/v1/sync/publications"
	// KeysPath tells anybody which keys of headquarters followed which. It is
	// asked without a signature and over whatever connection: what it says is
	// signed in itself.
	KeysPath = "/v1/keys"
)

// ProgramsParam of a request for the feed is up to where its terminal has what
// it was told of programs, as a cursor: a journal that was lost has nothing of
// them, while the directory stands. Without it rows of these kinds are left
// out: a terminal of the release before would not understand them.
const ProgramsParam = "programs"

// HouseholdsParam is the same for the members of accounts that have several.
const HouseholdsParam = "households"

// PINsParam is the same for the PINs that members set.
const PINsParam = "pins"

// DaysParam is the same for what the store's tills told of its business days.
const DaysParam = "days"

// KeyParam of a request for the feed is the id of the newest key of headquarters
// that its terminal knows. Without it nothing is said of keys: a terminal of the
// release before would not understand it.
const KeyParam = "key"

// LastParam of a request for the feed wants to be told the last position there is,
// to say how much is left: a terminal of the release before would not understand it.
const LastParam = "last"

// SumParam of a request for the feed says that the answer may be signed over its
// message's hash (CountersignSum): a terminal of the release before would not know
// that signature, and headquarters of it signs the message.
const SumParam = "sum"

// UntoldParam of a request for the feed says that its terminal takes a page that tells
// no time. A headquarters that is not sure of its clock tells none: the last time that
// it was sure of would set a till's clock back, and what ended meanwhile could be spent
// again. A terminal of the release before would take 0 for the time, and is told that
// last one; a headquarters of it does not look.
const UntoldParam = "untold"

// Bounds of the exchange. A single entry is always admitted to a batch,
// however large.
const (
	MaxBatchEntries = 500
	MaxBatchBytes   = 256 << 10
	// MaxRequest bounds a request as sent, MaxMessage what it unpacks to.
	MaxRequest = 1 << 20
	MaxMessage = 4 << 20
	// MaxWait bounds how long a feed request stays open.
	MaxWait = 25 * time.Second
	// MaxListed bounds the rows of one Listing.
	MaxListed = 1000
)

// Protocol is the version of the exchange. Headquarters is upgraded first and
// answers the version before its own too.
const Protocol = 1
