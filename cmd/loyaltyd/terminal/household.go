package terminal

import (
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/operators"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// joinHousehold is asked of a till.
func (t *Terminal) joinHousehold(r *http.Request) (any, error) {
	var asked headquarters.HouseholdRequest
	if err := desk.Read(r, &asked); err != nil {
		return nil, err
	}
	approval, err := operators.ApprovalBy(asked.Manager, asked.PIN)
	if err != nil {
		return nil, operators.Failure(err)
	}
	m, _, err := t.Till.Join(r.Context(), time.Now(), checkout.Joining{
		Asked: asked.ID.String(), Phone: asked.Phone, Name: asked.Name, BirthMonth: asked.BirthMonth,
		Household: &checkout.Household{Who: checkout.Who{Phone: asked.Of, Proof: ledger.Claimed}, Approval: approval},
	})
	if err != nil {
		return nil, operators.Failure(err)
	}
	t.log.Info().Stringer("account", m.Account).Str("approver_id", asked.Manager).Msg("household joined")
	return headquarters.HouseholdMember{Account: m.Account, Member: m.ID, Name: m.Name, Household: m.Household}, nil
}
