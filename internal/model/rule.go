package model

// Rule is a rule of protocol.md that is left out; zero is none.
type Rule uint8

// The rules. The comment is the rule; a mutant is the protocol without it.
const (
	// §2 rights, at the terminal

	// spent + held + returned ≤ amount.
	WithinAmount Rule = 1 + iota
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

	// §6 whom lanes introduce to each other

	// Whoever is served by another lane's word has her number beside the account.
	NumberBeside
	// Headquarters goes by the number, whatever account stands there.
	NumberDecides
	// What was sold to a number that nobody has waits for its enroll.
	WaitsForEnroll
	// An account that enrolls a number which somebody has becomes hers.
	SecondForwards
	// Another lane's word counts where neither the feed nor the journal knows.
	KnownFirst
	// What a hub tells is shown and not spent.
	ShownNotSpent
	// A lane tells its entries before whom they introduce.
	ToldBeforeIntroduced
	// A lane introduces until the hub has taken it.
	IntroducedUntilTaken
	// A hub is told from the beginning at each hello.
	ToldAnew
	// So is one that has heard of an erasure: it may have taken somebody new for who was erased.
	ToldAnewAfterErasure
	// A lane that has heard of one reads its hub's list anew.
	ReadAnewAfterErasure
	// A stretch of the list that does not go on from where a lane is by now is not taken.
	StretchGoesOn
	// Another list is read from its beginning, and nothing of the one before counts.
	AnotherList
	// Whom a fenced lane introduced is withdrawn.
	Withdrawn
	// Erased members are introduced no more by the hub.
	HubForgets
	// Nor does it take them again from who has not heard.
	ForgottenNotTaken
	// An erasure ends all that other lanes said, and not only of whom it names.
	LanesForget
	// Nothing is kept that comes from who has heard of fewer erasures.
	HeardFirst
	// What is not kept is read again.
	CursorStays
	// What names an erased number is erased as it comes.
	ErasedOnArrival
	// Whom it names its place says: who had heard means somebody new.
	NewByPlace

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
	"NumberBeside", "NumberDecides", "WaitsForEnroll", "SecondForwards", "KnownFirst", "ShownNotSpent",
	"ToldBeforeIntroduced", "IntroducedUntilTaken", "ToldAnew", "ToldAnewAfterErasure", "ReadAnewAfterErasure", "StretchGoesOn", "AnotherList", "Withdrawn",
	"HubForgets", "ForgottenNotTaken", "LanesForget", "HeardFirst", "CursorStays", "ErasedOnArrival", "NewByPlace",
}

// Rules returns every rule alone, in the order of the protocol.
func Rules() []Rule {
	var all []Rule
	for r := Rule(1); r < ruleEnd; r++ {
		all = append(all, r)
	}
	return all
}

// String is the rule's name.
func (r Rule) String() string {
	if r == 0 || r >= ruleEnd {
		return "none"
	}
	return ruleNames[r-1]
}
