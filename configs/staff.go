package configs

import "time"

// Adjust says what may be changed by hand, by whom.
type Adjust struct {
	// ManagerAbove is how much of a unit is given or taken at once without a
	// manager's PIN.
	ManagerAbove int64 `key:"manager_above"`
}

func (a Adjust) check(bad complain) {
	if a.ManagerAbove < 0 {
		bad("adjust.manager_above", "%d is below 0; 0 means always", a.ManagerAbove)
	}
}

// Abuse says what is done where an operator's sales look like she serves
// herself: nothing, a note for headquarters, a manager's PIN, or no sale with
// this member.
type Abuse struct {
	SameMember  SameMember `key:"same_member"`
	OwnNumber   Rule       `key:"own_number"`
	AfterTender Rule       `key:"after_tender"`
}

// SameMember is one member on more than so many sales of one operator.
type SameMember struct {
	Sales  int64         `key:"sales"`
	Within time.Duration `key:"within"`
	Do     string        `key:"do"`
}

// Rule is a rule without numbers.
type Rule struct {
	Do string `key:"do"`
}

func defaultAbuse() Abuse {
	return Abuse{
		SameMember: SameMember{Sales: 5, Within: 8 * time.Hour, Do: "note"},
		OwnNumber:  Rule{"ask"}, AfterTender: Rule{"note"},
	}
}

func (a Abuse) check(bad complain) {
	do := func(key, value string) { oneOf(bad, key, value, "off", "note", "ask", "refuse") }
	do("abuse.same_member.do", a.SameMember.Do)
	do("abuse.own_number.do", a.OwnNumber.Do)
	do("abuse.after_tender.do", a.AfterTender.Do)
	if a.SameMember.Sales < 1 {
		bad("abuse.same_member.sales", "%d: at least 1; do: off switches the rule off", a.SameMember.Sales)
	}
	if w := a.SameMember.Within; w < time.Minute || w > 7*24*time.Hour {
		bad("abuse.same_member.within", "%s: from 1m to 168h", w)
	}
}
