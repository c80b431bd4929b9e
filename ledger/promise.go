package ledger

// StatusGrant is a status that an entry gives to its member: for a period, in
// ISO 8601, from the end of what she has of it, or from the entry's day.
type StatusGrant struct {
	Status string `json:"status"`
	Period string `json:"period"`
	Rule   string `json:"rule"`
	// Line is the line that sold it, as an index into the sale's; returning it
	// ends what it granted.
	Line *int `json:"line,omitempty"`
}

// LimitUse is what an entry draws on a limit of its member.
type LimitUse struct {
	Limit  string `json:"limit"`
	Uses   int64  `json:"uses,omitempty"`
	Amount Points `json:"amount,omitempty"` // of all units together
	// Rule or Reward is what drew on it.
	Rule   string `json:"rule,omitempty"`
	Reward string `json:"reward,omitempty"`
}
