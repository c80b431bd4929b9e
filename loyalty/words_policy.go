package loyalty

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// proofWords says how surely a member must be here.
func proofWords(proof ledger.Proof) string {
	switch proof {
	case ledger.Claimed:
		return "a number that is said or typed is enough"
	case ledger.Presented:
		return "a card or app has to be shown"
	}
	return "the member has to confirm, as with a PIN or a code"
}

// detachedWords says what becomes of a sale whose member did not prove enough
// to earn; empty where everybody does.
func (p *Program) detachedWords() string {
	if p.proof.Earn == ledger.Claimed {
		return ""
	}
	return "with less, what a sale earns waits " + p.detached.words() + " for the member to confirm"
}

func (p *Program) claimWords() string {
	if p.claim.Days == 0 {
		return "a receipt without a member cannot be claimed afterwards"
	}
	words := fmt.Sprintf("a receipt without a member can be claimed for %s", counted(int64(p.claim.Days), "day"))
	if p.claim.Limit != "" {
		words += ", " + p.limitWords(p.limits[p.claim.Limit], nil)
	}
	return words
}

// offlineWords says what a till may do that nobody can reach, one sentence for
// each thing a manager can change.
func (p *Program) offlineWords() []string {
	o, u := p.offline, p.unitOf(p.MainUnit())
	return []string{
		fmt.Sprintf("tills together may hold %s of a member's balance, at most %s", shareWords(o.Share), p.amount(u, o.Cap)),
		fmt.Sprintf("all that one till holds is at most %s", p.amount(u, o.PerTerminal)),
		fmt.Sprintf("what a till holds can be spent for %s, and is back in the balance %s later",
			durationWords(o.SpendFor), durationWords(o.Grace)),
		fmt.Sprintf("a till that has not heard from headquarters for %s lets nobody spend", durationWords(o.MaxAge)),
	}
}

func shareWords(share Rate) string {
	if share.Num == share.Den {
		return "all"
	}
	return exactPercent(share)
}

// eligibleWords says which goods count.
func (p *Program) eligibleWords() string {
	if p.eligible == nil {
		return "all goods count"
	}
	return "goods count " + p.conditionWords(p.eligible)
}
