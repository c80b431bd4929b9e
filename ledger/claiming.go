package ledger

import "fmt"

// Claiming is what makes a sale that stands by itself its subject's: the body
// of a confirm, of a sale for which she had not proved enough, and of a claim,
// by the code on a receipt without a member.
type Claiming struct {
	// Entry is the sale's: the sale:<entry id> that its units stand under.
	Entry EntryID `json:"entry"`
	// Sale is its key, where the terminal knows it.
	Sale *SaleRef `json:"sale,omitempty"`
	// Code is what stood on the receipt; of a claim alone.
	Code string `json:"code,omitempty"`
	// Reason is why a person at headquarters confirmed it; empty at a till, where
	// she did.
	Reason string `json:"reason,omitempty"`
}

// maxCode bounds what a receipt's code has, in characters.
const maxCode = 200

// Key names what may be made once of a sale and an account: a confirm.
func (c *Claiming) Key(kind Kind, of Subject) string {
	if kind == Claim {
		return "claim:" + c.Entry.String() // whoever asks: the code is good once
	}
	return string(kind) + ":" + c.Entry.String() + ":" + string(of)
}

func (e *Entry) checkClaiming() error {
	c := e.Claiming
	if c == nil || c.Entry.IsZero() {
		return fmt.Errorf("%s of no sale", e.Kind)
	}
	if _, ok := e.Subject.Account(); !ok {
		return fmt.Errorf("%s needs an account", e.Kind)
	}
	if c.Sale != nil {
		if c.Sale.Entry != c.Entry {
			return fmt.Errorf("%s of two sales", e.Kind)
		}
		if err := c.Sale.check(); err != nil {
			return err
		}
	}
	if c.Reason != "" {
		if err := CheckReason(c.Reason); err != nil {
			return fmt.Errorf("%s: %w", e.Kind, err)
		}
	}
	if (e.Kind == Claim) != (c.Code != "") || len(c.Code) > maxCode {
		return fmt.Errorf("%s: a claim, and nothing else, has a code of up to %d characters", e.Kind, maxCode)
	}
	return nil
}
