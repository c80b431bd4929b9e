package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// Outline is what a till's directory has of somebody outside its store's working
// set: the levels that she keeps, and who referred her, which is nobody's to ask for
// twice. Whatever else a condition asks of her is unknown there, which is not the same
// as nothing.
func (s *State) Outline() State {
	return State{Kept: s.Kept, Referrer: s.Referrer, Referred: s.Referred, Outside: true}
}

// unknown are the fields of a person of which nothing is known outside.
var unknown = []string{"statuses", "segments", "birth_month", "joined", "referrals", "visits", "days"}

// notKnown says why what asks for any of these waits.
const notKnown = "only headquarters knows, and it does not answer"

// asksUnknown reports whether a condition asks what is not known here. It does not
// hold then, whatever the rest of it says: nobody is promised anything by a guess.
func (e *evaluation) asksUnknown(c *condition.Condition) bool {
	return c != nil && (e.Member.asks(c, "member.") || e.Referrer.asks(c, "referrer."))
}

func (s *Standing) asks(c *condition.Condition, of string) bool {
	return s != nil && s.Outside && slices.ContainsFunc(unknown, func(field string) bool { return c.Reads(of + field) })
}
