package ledger

import (
	"errors"
	"unicode/utf8"
)

// Transaction is what a POS itself calls a sale or return, in the words of ARTS
// POSLog: the name of its checkout, and the number there. Nothing is decided by it; it
// lets people find ours in the books of the POS. Empty where the POS said none.
type Transaction struct {
	Workstation string `json:"workstation_id,omitempty"`
	Sequence    int64  `json:"sequence_number,omitempty"`
}

// Differs reports whether the two are said to be different: what either leaves out
// may be what the other says.
func (t Transaction) Differs(from Transaction) bool {
	return t.Workstation != "" && from.Workstation != "" && t.Workstation != from.Workstation ||
		t.Sequence != 0 && from.Sequence != 0 && t.Sequence != from.Sequence
}

const maxWorkstation = 32 // bytes

func (t Transaction) check() error {
	if len(t.Workstation) > maxWorkstation || !utf8.ValidString(t.Workstation) || t.Sequence < 0 {
		return errors.New("workstation_id has up to 32 characters, and sequence_number is not below 0")
	}
	return nil
}
