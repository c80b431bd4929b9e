package ledger

import (
	"encoding/hex"
	"fmt"
)

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

// Pledge is a voucher that an entry promises and its till does not issue,
// because a limit, a counter or another account decides whether she gets it:
// headquarters looks, and issues it.
type Pledge struct {
	Reward string `json:"reward"`
	// Rule gave it; empty where it was bought.
	Rule string `json:"rule,omitempty"`
}

// Activity is something a member did that is no sale, in the words of the
// program's rules.
type Activity struct {
	On   string `json:"on"`
	Name string `json:"name,omitempty"`
	// Ref is unique per On and Name in a chain: a second one does nothing.
	Ref   string `json:"ref,omitempty"`
	Value int64  `json:"value,omitempty"`
}

// Referral is what an entry gives to the member who referred its own: named with
// it by her account, or by the code that its member was enrolled with.
type Referral struct {
	Account  AccountID    `json:"account,omitzero"`
	Code     ReferralCode `json:"code,omitempty"`
	Postings []Posting    `json:"postings,omitempty"`
	Uses     []LimitUse   `json:"uses,omitempty"`
	Pledges  []Pledge     `json:"pledges,omitempty"`
}

// Key names what may count only once; empty where an activity has no ref, and
// counts each time.
func (a *Activity) Key() string {
	if a.Ref == "" {
		return ""
	}
	sum := HashOf(fmt.Appendf(nil, "%d:%s%d:%s%s", len(a.On), a.On, len(a.Name), a.Name, a.Ref))
	return "activity:" + hex.EncodeToString(sum[:16])
}

// TransferOf names the entry, of another account, that a transfer carries out.
// Account is that account, where units go from one to another.
type TransferOf struct {
	Entry   EntryID   `json:"entry"`
	Account AccountID `json:"account,omitzero"`
}

// Correction names the entry, of the same account, that is corrected, and why.
type Correction struct {
	Entry  EntryID `json:"entry"`
	Reason string  `json:"reason"`
}

func (a *Activity) check() error {
	if !isName(a.On) || len(a.Name) > 64 || len(a.Ref) > 128 {
		return fmt.Errorf("activity %q: on is a name, name has up to 64 characters and ref up to 128", a.On)
	}
	return nil
}

func (e *Entry) checkReferrer() error {
	if e.Referrer != "" && (e.Kind != Enroll || !IsReferralCode(string(e.Referrer))) {
		return fmt.Errorf("%s with referrer %q: an enroll has one, by her code", e.Kind, string(e.Referrer))
	}
	if e.Referrer != "" && !e.Joins.IsZero() {
		return fmt.Errorf("enroll joins an account and names a referrer: nobody refers an account that stands")
	}
	return nil
}

// checkPromises looks at what an entry promises beside units.
func (e *Entry) checkPromises() error {
	for _, g := range e.Statuses {
		if !isName(g.Status) || g.Period == "" {
			return fmt.Errorf("status %q: it has a name and a period", g.Status)
		}
	}
	uses, pledges := e.Uses, e.Pledges
	if r := e.Referral; r != nil {
		if r.Account.IsZero() != IsReferralCode(string(r.Code)) {
			return fmt.Errorf("referral of nobody, or of two")
		}
		for _, p := range r.Postings {
			if err := p.check(); err != nil {
				return fmt.Errorf("referral: %w", err)
			}
		}
		uses = append(uses[:len(uses):len(uses)], r.Uses...)
		pledges = append(pledges[:len(pledges):len(pledges)], r.Pledges...)
	}
	for _, p := range pledges {
		if !isName(p.Reward) {
			return fmt.Errorf("pledge of %q: a reward has a name", p.Reward)
		}
	}
	for _, u := range uses {
		if !isName(u.Limit) || u.Uses < 0 || u.Amount < 0 {
			return fmt.Errorf("limit %q: it has a name, and nothing drawn on it is below 0", u.Limit)
		}
	}
	return nil
}
