package ledger

// Right is something exactly one terminal may use without asking, until
// SpendUntil. It stands in the body of a headquarters' grant entry, whose
// bytes headquarters signs, or of a hub's split (SplitKey); it is bound to one
// branch of one epoch, so a copy or a restored disk holds none.
type Right struct {
	// ID is made by whoever asks for the right or places it, and is also the
	// id of that request: asking again gives the same right.
	ID       RightID    `json:"id"`
	Terminal TerminalID `json:"terminal"`
	Epoch    Epoch      `json:"epoch"`
	Branch   Branch     `json:"branch"`
	Program  string     `json:"program"`
	Unit     Unit       `json:"unit"`
	Amount   Points     `json:"amount"`
	Lots     []LotShare `json:"lots"` // soonest expiry first
	// Terms are those of the vouchers set aside, which are alike; nil of points.
	Terms *LotTerms `json:"terms,omitempty"`
	// SpendUntil is the last instant of spending; ReclaimAt, the grace later,
	// is when headquarters takes back what it did not hear of.
	SpendUntil Millis `json:"spend_until_ms"`
	ReclaimAt  Millis `json:"reclaim_at_ms"`
	// SplitKey signs parts of it, for other terminals of the store: its terminal is
	// a hub, which spends nothing itself. Nil of a till's.
	SplitKey []byte `json:"split_key,omitempty"`
	// Parent is the right that this one is a part of; zero where it is of none.
	Parent RightID `json:"parent,omitzero"`
}

// RightEnd closes a right: a terminal's right_return, or headquarters'
// reclaim. What the right had left goes back to the account's lots.
type RightEnd struct {
	Right  RightID `json:"right"`
	Amount Points  `json:"amount"` // what was left, from 0
	// Recalled says that headquarters had asked for it by the feed.
	Recalled bool `json:"recalled,omitempty"`
}

// RightRefused says that headquarters was asked for a right and gives none.
type RightRefused struct {
	Why string
	// Elsewhere says that another terminal has it and is asked to give it back:
	// asking again in a moment may help.
	Elsewhere bool
}

func (e *RightRefused) Error() string { return "headquarters gives no right now: " + e.Why }
