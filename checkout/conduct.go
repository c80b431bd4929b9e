package checkout

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Do is what is done where a sale meets a rule of conduct.
type Do string

// What can be done. The zero value is Off.
const (
	Off    Do = "off"
	Note   Do = "note"   // the entry is flagged, and headquarters tells of it
	Ask    Do = "ask"    // a manager's PIN, and flagged
	Refuse Do = "refuse" // there is no sale with this member
)

func (d Do) on() bool { return d != Off && d != "" }

// Conduct are the rules by which a till looks at what its operators sell to whom.
// The zero value looks at nothing.
type Conduct struct {
	// SameMember is met by an operator's next sale to a member who had Sales of
	// her within Within. What nobody sells ("-") is not hers.
	SameMember struct {
		Sales  int
		Within time.Duration
		Do     Do
	}
	OwnNumber   Do // the operator sells to herself
	AfterTender Do // the member was named once it was paid
}

// MemberRefused says that a sale is not made with this member; without her it
// can be.
type MemberRefused struct{ Rules []string }

func (e *MemberRefused) Error() string {
	return "not with this member: " + strings.Join(e.Rules, ", ")
}

// judged is what the rules made of a sale.
type judged struct {
	flags    []string
	approver string
}

// judge looks at whom an operator sells to. What the rules refuse is a
// *MemberRefused, what they want a manager for an *ApprovalNeeded.
func (t *Till) judge(ctx context.Context, now time.Time, operator string, b Basket, who identity) (j judged, err error) {
	if who.member.Account.IsZero() && who.number == nil {
		return j, nil
	}
	var met map[string]Do
	note := func(rule string, do Do) {
		if met == nil {
			met = map[string]Do{}
		}
		met[rule] = do
	}
	conduct := t.house().Conduct
	if t.isUnknown(b.Operator) {
		note(ledger.UnknownOperator, Note)
	}
	if b.AfterTender && conduct.AfterTender.on() {
		note(ledger.AfterTender, conduct.AfterTender)
	}
	if own, err := t.isOwn(ctx, conduct, operator, who); err != nil {
		return j, err
	} else if own {
		note(ledger.OwnNumber, conduct.OwnNumber)
	}
	if many, err := t.isMany(ctx, now, conduct, operator, who.member.Account); err != nil {
		return j, err
	} else if many {
		note(ledger.SameMember, conduct.SameMember.Do)
	}
	return t.settle(now, operator, b.Approval, met)
}

// isUnknown reports whether a POS names an operator who does not work here, where
// somebody does.
func (t *Till) isUnknown(operator string) bool {
	if operator == "" || operator == t.Operator || t.Staff == nil || t.Staff.Empty() {
		return false
	}
	_, known := t.Staff.Operator(operator)
	return !known
}

// settle does what the rules met want done.
func (t *Till) settle(now time.Time, operator string, approval *staff.Approval, met map[string]Do) (j judged, err error) {
	if len(met) == 0 {
		return j, nil
	}
	var asks, refuses []string
	for rule, do := range met {
		switch j.flags = append(j.flags, rule); do {
		case Ask:
			asks = append(asks, rule)
		case Refuse:
			refuses = append(refuses, rule)
		}
	}
	slices.Sort(j.flags)
	slices.Sort(asks)
	slices.Sort(refuses)
	if len(refuses) > 0 {
		return j, &MemberRefused{refuses}
	}
	if len(asks) == 0 {
		return j, nil
	}
	who, err := approve(t.Staff, now, ApprovalNeeded{Manager: true, Rules: asks}, approval)
	if err == nil && who.ID == operator && slices.Contains(asks, ledger.OwnNumber) {
		err = ErrOwnApproval
	}
	j.approver = who.ID
	return j, err
}

// isOwn reports whether an operator sells to herself: under the number that is
// known of her, by its keyed hash, or by whatever finds the same member.
func (t *Till) isOwn(ctx context.Context, c Conduct, operator string, who identity) (bool, error) {
	if !c.OwnNumber.on() || t.Staff == nil {
		return false, nil
	}
	she, known := t.Staff.Operator(operator)
	if !known || she.Phone == (ledger.KeyedHash{}) {
		return false, nil
	}
	if who.number != nil {
		return t.HashedPhone(who.number.E164()) == she.Phone, nil
	}
	own, err := t.Store.FindHashed(ctx, she.Phone)
	if errors.Is(err, loyalty.ErrUnknownMember) {
		return false, nil
	}
	return err == nil && own.Account == who.member.Account, err
}

// isMany reports whether an operator sold to a member too often of late.
func (t *Till) isMany(ctx context.Context, now time.Time, conduct Conduct, operator string, account ledger.AccountID) (bool, error) {
	c := conduct.SameMember
	if !c.Do.on() || account.IsZero() || operator == "-" {
		return false, nil
	}
	n, err := t.sold.count(ctx, t.Store, ledger.MillisOf(now.Add(-c.Within)), soldTo{operator, account})
	return n >= c.Sales, err
}

// noteSold remembers a sale that is on disk.
func (t *Till) noteSold(e *ledger.Entry) {
	if account, named := e.Subject.Account(); named && t.house().Conduct.SameMember.Do.on() {
		t.sold.note(soldTo{e.Operator, account}, e.At)
	}
}

// soldTo is an operator and a member.
type soldTo struct {
	operator string
	account  ledger.AccountID
}

// sold are the times of this till's latest sales, by who sold to whom. It is read
// from the journal when it is first asked for, so that a restart forgets nothing.
type sold struct {
	mu    sync.Mutex
	known bool
	at    map[soldTo][]ledger.Millis
	swept ledger.Millis // up to which older ones were forgotten
}

// sweepEvery is how often what is too old is forgotten of everybody.
const sweepEvery = 60 * 60 * 1000 // ms

func (s *sold) count(ctx context.Context, store Store, since ledger.Millis, who soldTo) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known {
		all, err := store.SoldSince(ctx, since)
		if err != nil {
			return 0, err
		}
		s.known, s.at, s.swept = true, map[soldTo][]ledger.Millis{}, since
		for _, one := range all {
			who := soldTo{one.Operator, one.Account}
			s.at[who] = append(s.at[who], one.At)
		}
	}
	if since > s.swept+sweepEvery {
		for who, at := range s.at {
			if at = recent(at, since); len(at) == 0 {
				delete(s.at, who)
			} else {
				s.at[who] = at
			}
		}
		s.swept = since
	}
	return len(recent(s.at[who], since)), nil
}

// forget has the journal read once more when it is next asked for.
func (s *sold) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known, s.at = false, nil
}

// recent are the times that are not before one.
func recent(at []ledger.Millis, since ledger.Millis) (left []ledger.Millis) {
	for _, when := range at {
		if when >= since {
			left = append(left, when)
		}
	}
	return left
}

// note adds a sale; where nothing was asked yet the journal will tell of it.
func (s *sold) note(who soldTo, at ledger.Millis) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known {
		s.at[who] = append(s.at[who], at)
	}
}
