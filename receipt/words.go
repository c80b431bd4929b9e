package receipt

// The texts of a receipt, all of them; what fills one stands beside it.
const (
	wordTraining      = "*** TRAINING - NOT A SALE ***"
	wordCopy          = "*** COPY ***"
	wordReceipt       = "Receipt %s" // number
	wordGoods         = "Goods"      // an article without a word
	wordTimes         = "%d x %s"    // quantity, article
	wordSubtotal      = "Subtotal"
	wordReward        = "Reward %s" // reward
	wordTotal         = "TOTAL %s"  // currency
	wordMember        = "Member"
	wordEarned        = "Earned"
	wordEarnedPending = "Earned, pending"  // not there yet
	wordVests         = "to spend from %s" // the first day
	wordVoucher       = "Voucher %s"       // reward
	wordYouHave       = "You have: %s"     // a voucher
	wordUntil         = "until %s"         // its last day
	wordToCome        = "will be sent"     // by headquarters, if she gets it
	wordStatus        = "Status %s"        // what it extends stands right
	wordGiftCard      = "Gift card to you"
	wordDonation      = "Donation to %s" // whom
	wordCashOut       = "Cash paid out"
	wordVoucherBack   = "Voucher back"        // reward
	wordVoucherGone   = "Voucher taken back"  // reward
	wordLimited       = "within your limits"  // what other tills know of may correct it
	wordUnclaimed     = "If you are enrolled" // amount for a number unknown here
	wordToConfirm     = "Not yours yet"
	wordConfirmUntil  = "Yours once you show card or PIN, until %s" // the last day
	wordRedeemed      = "Redeemed"
	wordBalance       = "Balance"         // this sale in it
	wordAsOf          = "Elsewhere as of" // when headquarters last spoke
	wordBalanceHere   = "Balance here"    // headquarters never spoke
	wordSpendable     = "Spendable here"
	wordPending       = "Pending"
	wordReturn        = "RETURN"
	wordVoid          = "VOID"
	wordOf            = "Of receipt %s" // number
	wordRewardBack    = "Paid by rewards"
	wordRefund        = "REFUND %s" // currency
	wordAllBack       = "All of the sale comes back"
	wordTakenBack     = "Taken back"
	wordGivenBack     = "Given back"
	wordOwed          = "Owed"
	wordElsewhere     = "Points will be corrected by headquarters."
	wordFriendCode    = "Your code for friends: %s"
	wordNewRules      = "New rules from %s, ask us" // day
	wordClaim         = "Not a member? These points can be yours."
	wordClaimUntil    = "Show this code until %s:" // its last day
	wordEntry         = "Entry %s"                 // id
)

// layoutTime and layoutClock write instants in the store's zone.
const (
	layoutTime  = "2006-01-02 15:04"
	layoutClock = "15:04"
)
