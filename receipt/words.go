package receipt

// The texts of a receipt, all of them; what fills one stands beside it.
const (
	wordTraining    = "*** TRAINING - NOT A SALE ***"
	wordCopy        = "*** COPY ***"
	wordReceipt     = "Receipt %s" // number
	wordGoods       = "Goods"      // an article without a word
	wordTimes       = "%d x %s"    // quantity, article
	wordSubtotal    = "Subtotal"
	wordReward      = "Reward %s"           // reward
	wordTotal       = "TOTAL %s"            // currency
	wordMember      = "Member %s"           // masked name
	wordEarned      = "Earned %s %s"        // amount, unit
	wordRedeemed    = "Redeemed %s %s"      // amount, unit
	wordBalance     = "Balance %s as of %s" // amount, when headquarters last spoke
	wordBalanceHere = "Balance here %s"     // amount: headquarters never spoke
	wordSpendable   = "Spendable here %s"   // amount
	wordPending     = "Pending %s"          // amount
	wordEntry       = "Entry %s"            // id
)

// layoutTime and layoutClock write instants in the store's zone.
const (
	layoutTime  = "2006-01-02 15:04"
	layoutClock = "15:04"
)
