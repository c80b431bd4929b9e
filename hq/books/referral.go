package books

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Intent is what is to be posted to a referrer.
type Intent struct {
	Entry    ledger.EntryID  `json:"entry"`
	At       ledger.Millis   `json:"at_ms"`
	Store    ledger.StoreID  `json:"store"`
	Program  string          `json:"program"`
	Referral ledger.Referral `json:"referral"`
	// First says that the friend had not counted as one before.
	First bool `json:"first,omitempty"`
}

// ReferralOf is the entry by which a referrer gets what another entry gives her.
func ReferralOf(entry ledger.EntryID) ledger.EntryID {
	return ledger.EntryID(OwnID("referral", entry.String()))
}

// Referring decides what an intent gives to a referrer.
func (b *Books) Referring(p *loyalty.Program, in *Intent, m loyalty.Moment) (*ledger.Entry, *Decision, error) {
	a, err := b.Account(in.Program)
	if err != nil {
		return nil, nil, err
	}
	a.State.Rows = b.N
	effect, err := a.PostReferral(p, loyalty.Posted{
		Entry: ReferralOf(in.Entry), Kind: ledger.Transfer, Moment: m,
		Outcome: loyalty.Outcome{
			ToReferrer:   slices.Concat(in.Referral.Postings, p.Fulfil(in.Referral.Pledges, m)),
			ReferrerUses: in.Referral.Uses,
		},
	}, in.First)
	if err != nil {
		return nil, nil, err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: effect.Entry, Kind: ledger.Transfer, At: in.At, Store: in.Store, Day: effect.Day,
		Subject: ledger.Subject(b.Holder), Postings: effect.Postings(), Uses: in.Referral.Uses,
		Transfer: &ledger.TransferOf{Entry: in.Entry},
	}
	d := &Decision{Program: in.Program}
	d.Do(a, effect)
	return e, d, nil
}
