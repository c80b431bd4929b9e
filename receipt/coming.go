package receipt

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// NewRules is the note that tells of another version of the program, and the day
// from which it is in force.
func NewRules(from ledger.Date) string { return fmt.Sprintf(wordNewRules, loyalty.DateWords(from)) }
