package main

import (
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// joinHousehold is asked of a till.
func (t *terminal) joinHousehold(r *http.Request) (any, error) {
	var asked householdRequest
	if err := desk.Read(r, &asked); err != nil {
		return nil, err
	}
	approval, err := approvalBy(asked.Manager, asked.PIN)
	if err != nil {
		return nil, staffFailure(err)
	}
	m, _, err := t.till.Join(r.Context(), time.Now(), checkout.Joining{
		Asked: asked.ID.String(), Phone: asked.Phone, Name: asked.Name, BirthMonth: asked.BirthMonth,
		Household: &checkout.Household{Who: checkout.Who{Phone: asked.Of, Proof: ledger.Claimed}, Approval: approval},
	})
	if err != nil {
		return nil, staffFailure(err)
	}
	t.log.Info().Stringer("account", m.Account).Str("approver_id", asked.Manager).Msg("household joined")
	return householdMember{m.Account, m.ID, m.Name, m.Household}, nil
}
