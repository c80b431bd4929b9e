package headquarters

import (
	"net/http"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/operators"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// HouseholdRequest asks a daemon to add somebody to an account, to let her leave
// it, or to make two accounts one.
type HouseholdRequest struct {
	ID         ledger.EntryID   `json:"id"`
	Phone      string           `json:"phone"` // hers, as typed
	Of         string           `json:"of"`    // of somebody in the account
	Name       string           `json:"name"`
	BirthMonth int              `json:"birth_month"`
	Gives      []loyalty.Amount `json:"gives"`
	Program    string           `json:"program,omitempty"` // of what is given, where the chain has several
	Reason     string           `json:"reason,omitempty"`  // of a merge
	Manager    string           `json:"manager"`
	PIN        string           `json:"pin"` // the manager's
}

// HouseholdMember is `member household join --json`, and leave's and `member
// merge's`.
type HouseholdMember struct {
	Account   ledger.AccountID `json:"account"`
	Member    ledger.MemberID  `json:"member_id"`
	Name      string           `json:"name"`
	Household int              `json:"household_size"`
}

// HouseholdRoutes are what headquarters is asked about households: a manager of
// its folder says yes to each.
func HouseholdRoutes(running func() (*Local, error), managers *operators.Desk) desk.Routes {
	ask := func(do func(*Local, *http.Request, HouseholdRequest) (inquiry.MemberState, error)) func(*http.Request) (any, error) {
		return func(r *http.Request) (any, error) {
			h, err := running()
			if err != nil {
				return nil, err
			}
			book, err := managers.Current()
			if err != nil {
				return nil, err
			}
			var asked HouseholdRequest
			if err := desk.Read(r, &asked); err != nil {
				return nil, err
			}
			approval, err := operators.ApprovalBy(asked.Manager, asked.PIN)
			if err == nil {
				asked.Manager, err = checkout.ByManager(book, time.Now(), approval)
			}
			if err != nil {
				return nil, operators.Failure(err)
			}
			m, err := do(h, r, asked)
			if err != nil {
				return nil, operators.Failure(err)
			}
			h.log.Info().Stringer("account", m.Account).Str("approver_id", asked.Manager).Msg("household changed")
			return HouseholdMember{m.Account, m.Member, m.Name, len(m.Household)}, nil
		}
	}
	return desk.Routes{
		"POST /hq/household/join":  ask((*Local).joinHousehold),
		"POST /hq/household/leave": ask((*Local).leaveHousehold),
		"POST /hq/member/merge":    ask((*Local).mergeMembers),
	}
}

func (h *Local) joinHousehold(r *http.Request, asked HouseholdRequest) (m inquiry.MemberState, err error) {
	number, err := phone.Parse(asked.Phone, h.config.Region)
	if err != nil {
		return m, exit.Fail(exit.Data, "", err)
	}
	of, err := phone.Parse(asked.Of, h.config.Region)
	if err != nil {
		return m, exit.Fail(exit.Data, "", err)
	}
	person := checkout.PersonOf(number)
	person.Name, person.BirthMonth = strings.Join(strings.Fields(asked.Name), " "), asked.BirthMonth
	return h.JoinHousehold(r.Context(), hq.HouseholdJoin{ID: asked.ID, Person: person, Of: of.E164(), Operator: asked.Manager})
}

func (h *Local) leaveHousehold(r *http.Request, asked HouseholdRequest) (m inquiry.MemberState, err error) {
	number, err := phone.Parse(asked.Phone, h.config.Region)
	if err != nil {
		return m, exit.Fail(exit.Data, "", err)
	}
	program, err := h.programNamed(asked.Program)
	if err != nil {
		return m, err
	}
	return h.LeaveHousehold(r.Context(), hq.HouseholdLeave{
		ID: asked.ID, Phone: number.E164(), Gives: asked.Gives, Program: program.Ref().ID, Operator: asked.Manager,
	})
}
