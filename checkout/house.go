package checkout

import "github.com/loyaltyd/loyaltyd/ledger"

// House are the rules of the house, which may change between two sales.
type House struct {
	// ManagerAbove is how much of a unit is adjusted without a manager; below 0
	// no adjustment is anybody's.
	ManagerAbove ledger.Points
	Conduct      Conduct
}

// Govern changes the till's House. It may be called at any time: what is judged
// at this moment is judged by one of them.
func (t *Till) Govern(h House) {
	t.governed.Store(&h)
	// Another rule may ask for what the one before did not have to remember.
	t.sold.forget()
}

// house are the rules of this moment.
func (t *Till) house() House {
	if h := t.governed.Load(); h != nil {
		return *h
	}
	return t.House
}
