package receipt

// words are the texts of papers, all of them; what fills one stands beside it.
type words struct {
	training      string
	copy          string
	receipt       string // number
	goods         string // an article without a word
	times         string // quantity, article
	subtotal      string
	reward        string // reward
	total         string // currency
	member        string
	earned        string
	earnedPending string // not there yet
	vests         string // the first day
	voucher       string // reward
	youHave       string // a voucher
	until         string // its last day
	toCome        string // by headquarters, if she gets it
	status        string // status; what it extends stands right
	giftCard      string
	donation      string // whom
	cashOut       string
	voucherBack   string // reward stands right
	voucherGone   string // likewise
	limited       string // what other tills know of may correct it
	unclaimed     string // amount for a number unknown here
	toConfirm     string
	confirmUntil  string // the last day
	redeemed      string
	balance       string // this sale in it
	asOf          string // when headquarters last spoke
	balanceHere   string // headquarters never spoke
	spendable     string
	pending       string
	returned      string
	voided        string
	of            string // number
	rewardBack    string
	refund        string // currency
	allBack       string
	takenBack     string
	givenBack     string
	owed          string
	elsewhere     string
	friendCode    string // code
	newRules      string // day
	claim         string
	claimUntil    string // its last day
	entry         string // id

	years, months, weeks, days plural

	// tenders are those that many POS programs have. What another is called makes
	// its words.
	tenders map[string]string
}

// plural is what one of something is called, and what several are.
type plural struct{ one, several string }

// say is the catalog of the paper's language.
func (h Header) say() *words { return &catalogs[h.Language] }
