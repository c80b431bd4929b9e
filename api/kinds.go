package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/staff"
)

// kind names a type of problem; a POS may branch on it, so names stay.
type kind string

// The kinds of problems.
const (
	badRequest   kind = "bad-request"
	tooLarge     kind = "too-large"
	tooSlow      kind = "too-slow"
	noSuchCall   kind = "no-such-call"
	wrongMethod  kind = "wrong-method"
	unknownHost  kind = "unknown-host"
	fromWebPage  kind = "from-web-page"
	notHere      kind = "not-at-this-machine"
	noToken      kind = "no-token"
	badBudget    kind = "bad-time-budget"
	outOfTime    kind = "out-of-time"
	badDate      kind = "bad-date"
	badDay       kind = "business-day"
	badAccount   kind = "bad-account"
	badTerminal  kind = "bad-terminal"
	badHold      kind = "bad-hold"
	badBasket    kind = "bad-basket"
	otherStore   kind = "other-store"
	noNumber     kind = "no-phone-number"
	badName      kind = "bad-name"
	badReferrer  kind = "no-referral-code"
	ownCode      kind = "own-referral-code"
	twiceJoined  kind = "referrer-of-household"
	noMember     kind = "no-such-member"
	otherAccount kind = "other-account"
	whichMember  kind = "which-member"
	noReward     kind = "no-such-reward"
	noActivity   kind = "no-such-activity"
	ofNobody     kind = "activity-of-nobody"
	weakProof    kind = "proof-too-weak"
	doneConflict kind = "activity-conflict"
	rewardGone   kind = "reward-not-now"
	rewardSmall  kind = "reward-not-for-this"
	holdConflict kind = "hold-conflict"
	saleConflict kind = "sale-conflict"
	brought      kind = "friend-brought-before"
	tooOld       kind = "too-old"
	idConflict   kind = "id-conflict"
	noSale       kind = "no-such-sale"
	notDetached  kind = "sale-not-to-confirm"
	notNamed     kind = "sale-of-another"
	confirmLate  kind = "confirmed-too-late"
	needEntry    kind = "entry-needed"
	otherLink    kind = "other-transaction"
	claimed      kind = "claimed-before"
	noClaims     kind = "no-claims"
	noCode       kind = "no-receipt-code"
	claimLate    kind = "claimed-too-late"
	claimLimit   kind = "claims-at-limit"
	excess       kind = "too-much-returned"
	tooMany      kind = "too-many-lookups"
	tooManyEars  kind = "too-many-listeners"
	wrongPIN     kind = "wrong-pin"
	manyTries    kind = "too-many-tries"
	badPIN       kind = "wrong-member-pin"
	noPIN        kind = "no-member-pin"
	weakPIN      kind = "pin-too-weak"
	pinTries     kind = "too-many-member-pins"
	manager      kind = "manager"
	signOn       kind = "sign-on"
	notWithHer   kind = "member-refused"
	badAdjust    kind = "bad-adjustment"
	adjustTwice  kind = "adjust-conflict"
	noDevice     kind = "no-such-device"
	badPrint     kind = "bad-print"
	printTwice   kind = "print-conflict"
	printBusy    kind = "printer-busy"
	noPrint      kind = "printer-not-ready"
	notReady     kind = "not-ready"
	notSaved     kind = "not-saved"
)

// row says how a kind is answered.
type row struct {
	status      int
	title, next string
}

// kinds is the one table from a kind of error to its answer.
var kinds = map[kind]row{
	badRequest:  {http.StatusBadRequest, "the request cannot be read", "send what /openapi.json describes"},
	tooLarge:    {http.StatusRequestEntityTooLarge, "the request is too large", "send less at once"},
	tooSlow:     {http.StatusRequestTimeout, "the request came too slowly", "send the same request again; it cannot count twice"},
	noSuchCall:  {http.StatusNotFound, "there is no such call", "see /openapi.json for the calls and their methods"},
	wrongMethod: {http.StatusMethodNotAllowed, "this call has another method", "send it with a method that the header Allow names"},
	unknownHost: {http.StatusForbidden, "unknown host", "add this name to api.allowed_hosts"},
	fromWebPage: {http.StatusForbidden, "called from a web page", "call the API from the POS itself; where the POS is a web page, add its origin to api.allowed_origins"},
	notHere:     {http.StatusForbidden, "the pages are for this machine", "open them in a browser on the till"},
	noToken:     {http.StatusUnauthorized, "no valid token", "send Authorization: Bearer with what stands in the token file"},

	badBudget: {http.StatusBadRequest, "the time budget cannot be read", "send Time-Budget in whole milliseconds, from 50 to 10000, or leave it out"},
	outOfTime: {http.StatusServiceUnavailable, "not done within the time budget", "go on without; send the same request again later: it cannot count twice"},

	badDate:      {http.StatusUnprocessableEntity, "no such date", "write it as 2026-11-22"},
	badDay:       {http.StatusUnprocessableEntity, "the business day cannot be", "send the day the sale is of: of the last 30 days, or the next; look at the clocks of the POS and of the till"},
	badAccount:   {http.StatusUnprocessableEntity, "account is no id", "take it from an earlier answer, or send the phone"},
	badTerminal:  {http.StatusUnprocessableEntity, "terminal_id is no id", "take it from `loyaltyd status` of that till, or leave it out"},
	badHold:      {http.StatusUnprocessableEntity, "hold_id is no id", "make a UUID in lower case for each hold"},
	badBasket:    {http.StatusUnprocessableEntity, "the basket makes no sense", "correct the basket and send it again"},
	otherStore:   {http.StatusUnprocessableEntity, "this till is another store's", "send the basket to the till it is rung up at, or leave retail_store_id out"},
	noNumber:     {http.StatusUnprocessableEntity, "not a phone number", "ask for the number again"},
	badName:      {http.StatusUnprocessableEntity, "not a name", "send the name as it is written: up to 100 characters, a letter among them, none that is unseen, < or >, and none of = + - @ at its beginning"},
	badReferrer:  {http.StatusUnprocessableEntity, "not a member's code", "ask for the code again, letter by letter; or enroll her without it"},
	ownCode:      {http.StatusConflict, "the code is her own", "she is a member already: go on without it"},
	twiceJoined:  {http.StatusUnprocessableEntity, "who joins a household is referred by nobody", "send household or referrer, not both"},
	noMember:     {http.StatusNotFound, "no such member here", "enroll her if her number is new here, or go on without a member"},
	otherAccount: {http.StatusConflict, "this number has an account of its own", "go on with that account"},
	whichMember:  {http.StatusUnprocessableEntity, "the account has several members", "send the member_id of the one it is about"},
	noReward:     {http.StatusUnprocessableEntity, "the program has no such reward", "take the reward from the quote"},

	noActivity: {http.StatusUnprocessableEntity, "the program has no such activity", "write on as the program's rules do"},
	ofNobody:   {http.StatusUnprocessableEntity, "an activity is a member's", "send the member's account or phone"},

	weakProof:    {http.StatusConflict, "she is not surely enough here", "scan her card or ask for her PIN, and send it again with that proof"},
	rewardGone:   {http.StatusConflict, "the reward cannot be had now", "go on without it, at the full price"},
	rewardSmall:  {http.StatusConflict, "this basket cannot have the reward", "go on without it, at the full price"},
	holdConflict: {http.StatusConflict, "another hold has this id", "make an id of its own for each hold"},
	saleConflict: {http.StatusConflict, "another sale has this id", "use an id of its own for each sale and return of a business day"},
	doneConflict: {http.StatusConflict, "another activity has this ref", "use a ref of its own for each activity of one on and name"},
	brought:      {http.StatusConflict, "this friend was brought by this member before", "nothing is to be done: it counts once"},
	idConflict:   {http.StatusConflict, "another number was enrolled under this id", "make an id of its own for each person"},

	noSale:      {http.StatusNotFound, "this till has no such sale", "check the sale's id and business day; of another till's sale send its terminal_id"},
	notDetached: {http.StatusConflict, "this sale does not wait to be confirmed", "nothing is to be done"},
	notNamed:    {http.StatusConflict, "this sale was made for somebody else", "only she can confirm it"},
	confirmLate: {http.StatusConflict, "this sale can no longer be confirmed", "nothing can be done: its time is over"},
	needEntry:   {http.StatusUnprocessableEntity, "another till's sale is named by its entry too", "send entry_id from that sale's answer"},
	otherLink:   {http.StatusUnprocessableEntity, "transaction_link is of another sale", "send the link of the sale that sale_id and business_day_date name, or leave it out"},
	noClaims:    {http.StatusConflict, "the program lets no receipt be claimed", "nothing can be done"},
	noCode:      {http.StatusUnprocessableEntity, "not a good code of a receipt", "scan it again, or key what stands under it"},
	claimLate:   {http.StatusConflict, "this receipt can no longer be claimed", "nothing can be done: its time is over"},
	claimLimit:  {http.StatusConflict, "she has claimed as many receipts as she may", "she can claim again when her limit allows it"},
	tooOld:      {http.StatusConflict, "it stands already, and this till no longer has it", "nothing is to be done: it was taken, and headquarters has it"},
	claimed:     {http.StatusConflict, "this sale was confirmed or claimed before", "nothing is to be done: headquarters settles it"},

	excess: {http.StatusUnprocessableEntity, "more is to come back than is left of the sale", "take back no more than what is left"},

	tooManyEars: {http.StatusServiceUnavailable, "too many listen to events already", "close the streams that nobody reads"},

	tooMany:   {http.StatusTooManyRequests, "too many numbers were looked up without a sale, or too fast", "complete a sale, or wait; who asks for so many should see the manager"},
	wrongPIN:  {http.StatusForbidden, "wrong operator or PIN", "ask her to key it again; after some wrong ones there is a wait"},
	manyTries: {http.StatusTooManyRequests, "too many wrong PINs in a row", "wait, or let somebody else do it; `loyaltyd operator pin` gives her a new one"},
	badPIN:    {http.StatusForbidden, "this is not the member's PIN", "ask her to key it again; after five wrong ones there is a wait"},
	noPIN:     {http.StatusConflict, "no PIN of the member is known at this till", "ask for her card or her app, or go on without; she sets one by PUT /v1/members/{account}/pin"},
	weakPIN:   {http.StatusUnprocessableEntity, "this can be nobody's PIN", "ask her for 4 to 12 digits that are no run and not all the same"},
	pinTries:  {http.StatusTooManyRequests, "too many wrong PINs of the member in a row", "wait, or go on without: she earns with her card or number as ever"},
	manager:   {http.StatusForbidden, "a manager must approve this", "ask a manager to key her PIN and send the same request again with approval; or go on without it"},
	signOn:    {http.StatusForbidden, "nobody is signed on for this", "sign on, or send the same request again with the operator's own approval"},

	notWithHer: {http.StatusForbidden, "this sale is not made with this member", "complete the sale without the member"},

	badAdjust:   {http.StatusUnprocessableEntity, "the adjustment makes no sense", "correct it and send it again"},
	adjustTwice: {http.StatusConflict, "another adjustment has this id", "make an id of its own for each adjustment"},

	noDevice:   {http.StatusNotFound, "the till has no such device", "take its name from GET /v1/devices, or configure one"},
	badPrint:   {http.StatusUnprocessableEntity, "this cannot be printed or shown", "correct it and send it again"},
	printTwice: {http.StatusConflict, "another paper has this print_id", "make an id of its own for each paper"},
	printBusy:  {http.StatusServiceUnavailable, "the printer has enough waiting", "send the same request again in a second; it is printed once"},
	noPrint:    {http.StatusServiceUnavailable, "the printer prints nothing now", "see to the printer, then send the same request again; it is printed once"},

	notReady: {http.StatusServiceUnavailable, "sales cannot be saved", "ask `loyaltyd status` on this machine"},
	notSaved: {http.StatusServiceUnavailable, "not saved", "send the same request again; it cannot count twice. If it stays so, ask `loyaltyd status`"},
}

// sentinels are the errors whose kind is all there is to say.
var sentinels = []struct {
	err error
	is  kind
}{
	{context.DeadlineExceeded, outOfTime}, // only what reads ends with its caller
	{context.Canceled, outOfTime},
	{loyalty.ErrUnknownMember, noMember},
	{checkout.ErrNoReward, noReward},
	{checkout.ErrNoSale, noSale},
	{checkout.ErrSaleConflict, saleConflict},
	{checkout.ErrTooOld, tooOld},
	{checkout.ErrHoldConflict, holdConflict},
	{checkout.ErrEnrollConflict, idConflict},
	{checkout.ErrOtherAccount, otherAccount},
	{checkout.ErrWhichMember, whichMember},
	{checkout.ErrNoActivity, noActivity},
	{checkout.ErrNobody, ofNobody},
	{checkout.ErrWeakProof, weakProof},
	{checkout.ErrActivityConflict, doneConflict},
	{checkout.ErrBrought, brought},
	{checkout.ErrNoName, badName},
	{ledger.ErrNoReferralCode, badReferrer},
	{checkout.ErrOwnCode, ownCode},
	{checkout.ErrReferredHousehold, twiceJoined},
	{checkout.ErrAdjustConflict, adjustTwice},
	{staff.ErrWrongPIN, wrongPIN},
	{pin.ErrWeak, weakPIN},
	{checkout.ErrNotDetached, notDetached},
	{checkout.ErrNotNamed, notNamed},
	{checkout.ErrConfirmLate, confirmLate},
	{checkout.ErrNeedEntry, needEntry},
	{checkout.ErrOtherTransaction, otherLink},
	{checkout.ErrClaimed, claimed},
	{checkout.ErrNoClaims, noClaims},
	{ErrNoDevice, noDevice},
	{errPrintConflict, printTwice},
	{checkout.ErrNoCode, noCode},
	{checkout.ErrClaimLate, claimLate},
	{checkout.ErrClaimLimit, claimLimit},
}

// problemOf makes an answer of an error. What it does not know is for the
// diary: the POS is told that nothing was saved.
func (s *Server) problemOf(err error) error {
	var basket *loyalty.InvalidBasket
	var refused *loyalty.NoRedeem
	var small *loyalty.RewardRefused
	var many *checkout.TooManyLookups
	var more *loyalty.ExcessReturn
	var unproven *checkout.PINRefused
	switch {
	case errors.As(err, &unproven):
		return pinProblem(unproven)
	case errors.As(err, &basket):
		return problem(badBasket, basket.Error())
	case errors.Is(err, checkout.ErrNoNumber):
		return problem(noNumber, err.Error())
	case errors.As(err, &refused):
		return problem(rewardGone, refused.Error())
	case errors.As(err, new(*checkout.BadDay)):
		return problem(badDay, err.Error())
	case errors.As(err, &small):
		return problem(rewardSmall, small.Error())
	case errors.As(err, &more):
		p := problem(excess, more.Error())
		p.Left = &Left{Quantity: more.Left.Quantity, Extended: int64(more.Left.Gross)}
		if more.Line >= 0 {
			p.Left.Line = &more.Line
		}
		return p
	case errors.As(err, new(*pin.TooManyTries)), errors.As(err, new(*checkout.ApprovalNeeded)), errors.As(err, new(*checkout.BadAdjustment)),
		errors.As(err, new(*checkout.MemberRefused)),
		errors.Is(err, checkout.ErrNotManager), errors.Is(err, checkout.ErrOwnApproval):
		return staffProblem(err)
	case errors.As(err, &many):
		s.Metrics.refused.Inc()
		s.Walking()
		p := problem(tooMany, "")
		p.retryAfter = max(many.Wait, time.Second)
		return p
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return problem(s.is, "")
		}
	}
	s.Failed(err)
	return problem(notSaved, "")
}
