package checkout

import (
	"errors"

	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/ledger/appcode"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// words are the texts of a display's two lines, all of them, each in its twenty
// cells; what fills one stands beside it. Keys are in capitals.
type words struct {
	// Who is served.
	askPhone        string
	withFriends     string // code; enroll stands right
	enroll          string // the key
	enrollOrCancel  string
	addCard         string // card, masked
	enrollOrClear   string
	cardNotKnown    string
	phoneFirst      string
	cardAdded       string
	another         string // who is not the one that is served
	noNumber        string
	keyAgain        string
	manyLookups     string
	waitMinutes     string
	numberNotKnown  string
	enrolledAlready string
	household       string // who, how many share the account
	cardRead        string
	appRead         string

	// The sale.
	askAmount     string
	amount        string // stands right
	sure          string
	tooLarge      string
	atMost        string // amount stands right
	pay           string // amount stands right
	earned        string // points stand right
	earnedPending string // likewise
	balance       string // likewise
	lastSale      string // amount stands right
	showCardFor   string // points stand right
	showCard      string
	notEnrolled   string

	// Rewards.
	reward        string // its name or amount behind it
	voucher       string // likewise
	voucherUntil  string // day
	noRewards     string
	noRewardNow   string // why stands below
	atPOS         string
	rewardNeeds   string // amount stands right
	rewardGone    string
	enterOrCancel string

	// What goes wrong.
	unsaved       string
	unsavedEnroll string
	unsavedReward string
	unsavedAgain  string
	unsavedKey    string
	notFound      string
	notFoundAgain string
	notFoundTry   string
	notFoundCopy  string
	notFoundVoid  string
	callManager   string
	misread       string
	pleaseAgain   string
	manyDigits    string
	clearAndTry   string

	// What is scanned.
	unknownCode   string
	webPage       string
	wrongCheck    string
	scanAgain     string
	couponPOS     string
	productPOS    string
	noReceipt     string
	receiptNotNow string
	badgeNotNow   string
	noOperators   string
	appForm       string
	appRenew      string
	appChain      string
	appForged     string
	appExpired    string
	appNotNow     string
	appUsed       string
	appClock      string
	appMember     string

	// A receipt's points.
	codeRead      string
	cardThenAgain string
	noClaims      string
	noCode        string
	claimLate     string
	claimLimit    string
	claimedBefore string
	cardFirst     string
	claimed       string // later stands right
	later         string // points

	// Papers.
	receipt       string // number stands right
	returnOrCopy  string
	copyOf        string // number stands right
	enterOrClear  string
	askReceipt    string
	noSuchReceipt string
	nothingToCopy string
	copy          string // number stands right
	printing      string
	noPrinter     string
	thenCopy      string // one of the next five
	noPaper       string
	coverOpen     string
	printerOff    string
	printerBusy   string
	notPrinted    string

	// Returns and voids.
	undoSale        string // amount stands right
	refund          string // likewise
	goods           string // likewise
	sale            string // likewise
	back            string // likewise
	allOfSale       string
	only            string // amount stands right
	isLeft          string
	noPointsInIt    string
	owed            string // points stand right
	pointsOwed      string // likewise
	noSale          string
	voidedAlready   string
	returnedAlready string
	notPossible     string

	// The menu.
	menu         string
	menuDay      string
	menuOff      string
	menuOn       string
	dayNotClosed string
	dayClosed    string // day stands right
	sales        string

	// A member's PIN.
	ownMenu       string
	yourPIN       string
	newPIN        string
	againPIN      string
	anotherPIN    string
	askPIN        string
	digitsOfPIN   string
	easyPIN       string
	notTheSame    string
	noPINOnPad    string
	noPINKnown    string
	wrongPIN      string
	manyPINs      string
	rightPIN      string
	setPIN        string
	cardOrPIN     string
	noManagersPIN string
	whoseCard     string

	// Who works here.
	managersNumber  string
	operatorsNumber string
	managersEnter   string
	needsManager    string
	noManager       string
	anotherManager  string
	herNumber       string
	waitOrCancel    string
	waitAWhile      string
	wrongSignOn     string
	signedOn        string
	signedOff       string
	notSignedOn     string
	notThisMember   string
	cancel          string // the key

	// While nobody is served.
	newRules        string // day
	training        string // the store's name behind it
	keypad          string // trouble, as the next ones
	scanner         string
	display         string
	printer         string
	noContact       string // one of these
	printerOpen     string
	printerEmpty    string
	printerNotReady string

	// reasons are why a reward cannot be had now.
	reasons map[loyalty.Reason]string
}

// say is the catalog of the till's language.
func (t *Till) say() *words { return &catalogs[t.Language] }

func (c *Counter) say() *words { return &catalogs[c.Till.Language] }

// Amounts writes amounts of a program's units in the till's language.
func (t *Till) Amounts(p *loyalty.Program) loyalty.Amounts { return p.Amounts().In(t.Language) }

// short is a reason in the cells of a display.
func (w *words) short(reason loyalty.Reason) string {
	if text, ok := w.reasons[reason]; ok {
		return text
	}
	return string(reason)
}

// app is what is wrong with a code of an app; empty where the till is.
func (w *words) app(err error) string {
	switch {
	case errors.Is(err, appcode.ErrForm):
		return w.appForm
	case errors.Is(err, appcode.ErrRetiredKey), errors.Is(err, ErrAppMoved):
		return w.appRenew
	case errors.Is(err, appcode.ErrUnknownKey):
		return w.appChain
	case errors.Is(err, appcode.ErrWrongKey):
		return w.appForged
	case errors.Is(err, appcode.ErrExpired):
		return w.appExpired
	case errors.Is(err, appcode.ErrNotNow):
		return w.appNotNow
	case errors.Is(err, ErrAppUsed):
		return w.appUsed
	case errors.Is(err, ErrAppClock):
		return w.appClock
	case errors.Is(err, loyalty.ErrUnknownMember):
		return w.appMember
	}
	return ""
}

// fault is what is wrong with a scan that is unknown.
func (w *words) fault(f route.Fault) string {
	switch f {
	case route.WebPage:
		return w.webPage
	case route.WrongCheck:
		return w.wrongCheck
	}
	return w.unknownCode
}

// FaultWords is what a counter says of a scan that is unknown.
func FaultWords(in loyalty.Language, f route.Fault) string { return catalogs[in].fault(f) }
