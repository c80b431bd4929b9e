package ledger

import "fmt"

// Household says which members an account has, where it has several, or one
// whose id is another. Without members it is an account's own again.
type Household struct {
	Account AccountID   `json:"account"`
	Members []Housemate `json:"members,omitempty"`
}

// Housemate is a member of an account as a store knows her: by keyed hashes
// (key of the store), under a masked name. BirthMonth is 1 to 12, 0 where it is
// not known or nobody asks; so are Segments.
type Housemate struct {
	Member      MemberID    `json:"member"`
	Identifiers []KeyedHash `json:"identifiers,omitempty"`
	Name        string      `json:"name,omitempty"`
	BirthMonth  int         `json:"birth_month,omitempty"`
	Segments    []string    `json:"segments,omitempty"`
}

// joinsAtHeadquarters reports whether headquarters itself, which stands in no
// store, adds somebody to an account: who she is stands with her person there.
func (e *Entry) joinsAtHeadquarters() bool {
	return e.Kind == Enroll && e.Store == "" && !e.Joins.IsZero()
}

// checkMember looks at what is said of an account's members. A typed number joins
// no account by itself: somebody who is in it has shown that she is here, or a
// manager let it be.
func (e *Entry) checkMember() error {
	account, isAccount := e.Subject.Account()
	switch {
	case !e.Member.IsZero() && !isAccount:
		return fmt.Errorf("%s names a member of no account", e.Kind)
	case e.Joins.IsZero():
		return nil
	case e.Kind != Enroll || e.Joins == account:
		return fmt.Errorf("%s joins an account: only an enroll does, and not its own", e.Kind)
	case !e.Proof.Meets(Presented) && e.Approver == "":
		return fmt.Errorf("enroll joins an account without proof of anybody in it, or a manager")
	}
	return nil
}
