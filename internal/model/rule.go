package model

// Rule is a set of rules of protocol.md that are left out.
type Rule uint64

// The rules. The comment is the rule; a mutant is the protocol without it.
const (
	// §2 rights, at the terminal

	// spent + held + returned ≤ amount.
	WithinAmount Rule = 1 << iota
	// Nothing is spent past spend_until.
	SpendUntil
	// A clock found behind its mark ends redemption until hello.
	ClockMark
	// A right is bound to (terminal, epoch, branch): a new epoch closes it.
	BoundToBranch
	// The mark is on disk before a spend is answered.
	MarkBeforeAnswer
	// The mark is on disk before a batch is sent.
	MarkBeforeBatch
	// A changed machine begins a new epoch.
	Fingerprint
	// A right is returned only when nothing of it is held.
	ReturnUnheld
	// What is returned is closed for ever.
	ReturnCloses
	// Points earned at a till are spendable only once headquarters has seen them.
	SeenFirst
	// Given-back points never refill a right.
	NoRefill

	// §2 rights, at headquarters

	// A grant is taken from what is available.
	FromAvailable
	// A repeated request gets the same right.
	SameRight
	// A reclaim waits for the grace.
	Grace
	// After an unconfirmed jump of its clock headquarters reclaims nothing.
	ClockConfirmed
	// A spend is judged by the place it was first written.
	FirstPlace
	// What a right does not cover is booked to program:loss.
	ExcessToLoss
	// Claw-backs take only what no right holds.
	UnescrowedOnly
	// A credit pays what is owed first.
	OwedFirst

	// §3 uniqueness, returns, claims, merges

	// The first entry under a sale's key wins.
	FirstSaleWins
	// A loser's spends are posted all the same.
	LoserSpends
	// The subject of a return is the sale, whoever is named.
	SaleIsSubject
	// What a return takes and gives is cumulative per sale.
	Cumulative
	// A return that precedes its sale is parked.
	Parked
	// The first claim of a receipt wins.
	FirstClaimWins
	// A transfer's intent is stored with what goes out.
	StoredIntent
	// A transfer comes in once.
	TransferOnce
	// A merge forwards what is owed, too.
	ForwardOwed
	// A right of a merged account ends at the survivor.
	EndsAtSurvivor

	// §1, §5 exchange

	// An entry is posted once, by its id.
	PostOnce
	// A repeated prefix is compared by its hash, not its length.
	ComparePrefix
	// A batch of an earlier session is sent to hello, not taken.
	Sessions
	// A row is acknowledged only after it is stored.
	AckAfterCommit
	// A terminal keeps bodies until they are durable.
	PruneDurable
	// Each epoch has a random branch.
	RandomBranch
	// An append under a lower epoch is a fork, and a hello under one begins another.
	LowerEpochForks
	// A journal beside an epoch that itself began beside the one before is a fork.
	TurnsFork
	// A forked id gets no right ever again.
	FencedForEver
	// What arrives from a fenced id is held.
	HeldWhenFenced
	// Another incarnation is sent again what it does not have.
	SentAgain
	// A restored headquarters places nothing before every terminal said hello.
	PlacesNothing
	// Terminals hand back rights that a restored headquarters forgot.
	HandedBack

	// §6 a store without internet

	// What a hub gives is spent of its right there.
	SplitSpends
	// The mark is on disk before a part is given.
	MarkBeforePart
	// A lane writes that it took a part before it spends of it.
	TookFirst
	// Headquarters fills a part from the right that it is of.
	FilledFromWhole

	ruleEnd
)

var ruleNames = []string{
	"WithinAmount", "SpendUntil", "ClockMark", "BoundToBranch", "MarkBeforeAnswer", "MarkBeforeBatch", "Fingerprint",
	"ReturnUnheld", "ReturnCloses", "SeenFirst", "NoRefill",
	"FromAvailable", "SameRight", "Grace", "ClockConfirmed", "FirstPlace", "ExcessToLoss", "UnescrowedOnly", "OwedFirst",
	"FirstSaleWins", "LoserSpends", "SaleIsSubject", "Cumulative", "Parked", "FirstClaimWins",
	"StoredIntent", "TransferOnce", "ForwardOwed", "EndsAtSurvivor",
	"PostOnce", "ComparePrefix", "Sessions", "AckAfterCommit", "PruneDurable", "RandomBranch", "LowerEpochForks", "TurnsFork",
	"FencedForEver", "HeldWhenFenced", "SentAgain", "PlacesNothing", "HandedBack",
	"SplitSpends", "MarkBeforePart", "TookFirst", "FilledFromWhole",
}

// Rules returns every rule alone, in the order of the protocol.
func Rules() []Rule {
	var all []Rule
	for r := Rule(1); r < ruleEnd; r <<= 1 {
		all = append(all, r)
	}
	return all
}

// String is the rule's name.
func (r Rule) String() string {
	for i, name := range ruleNames {
		if r == 1<<i {
			return name
		}
	}
	return "none"
}
