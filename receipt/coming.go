package receipt

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// FriendCode is the note that tells a member the code she may give to friends.
func FriendCode(in loyalty.Language, code ledger.ReferralCode) string {
	return fmt.Sprintf(catalogs[in].friendCode, code)
}

// NewRules is the note that tells of another version of the program, and the day
// from which it is in force.
func NewRules(in loyalty.Language, from ledger.Date) string {
	return fmt.Sprintf(catalogs[in].newRules, in.DateWords(from))
}
