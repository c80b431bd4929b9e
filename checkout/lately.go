package checkout

import (
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// provenStays is for how long a POS may say on that a member is verified whom this till
// itself saw prove it: as long as a hold stays hers.
const provenStays = 15 * time.Minute

// provenLately is who proved at this till, by her PIN or her app, that she is here. A
// restart forgets it: then she proves it again.
type provenLately struct {
	mu    sync.Mutex
	until map[provenMember]time.Time
}

type provenMember struct {
	account ledger.AccountID
	member  ledger.MemberID
}

// SawProof notes that a member proved that she is here.
func (t *Till) SawProof(now time.Time, member loyalty.Member) {
	p := &t.lately
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until == nil {
		p.until = map[provenMember]time.Time{}
	}
	for of, until := range p.until {
		if !now.Before(until) {
			delete(p.until, of)
		}
	}
	p.until[provenMember{member.Account, member.ID}] = now.Add(provenStays)
}

// Saw reports whether a member proved at this till lately that she is here. Of an account
// with several of whom nobody said which one, that is nobody.
func (t *Till) Saw(now time.Time, member loyalty.Member) bool {
	p := &t.lately
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Before(p.until[provenMember{member.Account, member.ID}])
}

// counts is what it counts as how surely a member is said to be here. That it saw a card
// or heard a number a POS alone can know; who is verified this till saw itself.
func (t *Till) counts(now time.Time, member loyalty.Member, who Who) ledger.Proof {
	if who.Unchecked && who.Proof == ledger.Verified && !t.Saw(now, member) {
		return ledger.Presented
	}
	return who.Proof
}
