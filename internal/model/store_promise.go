package model

import (
	"cmp"
	"fmt"
)

// kept says which promise a store breaks: those that hold at every instant, those that
// hold once lanes and hub have heard each other, without internet, and those that hold
// once everybody has heard headquarters.
func (s *store) kept() error {
	if err := s.always(); err != nil {
		return err
	}
	c := *s
	c.late = page{}
	c.meet()
	if err := cmp.Or(c.always(), c.introducedAll()); err != nil {
		return fmt.Errorf("once lanes and hub have met: %w", err)
	}
	for range 3 {
		c.exchange()
		c.meet()
	}
	if err := cmp.Or(c.always(), c.settled()); err != nil {
		return fmt.Errorf("once all was heard: %w", err)
	}
	return nil
}

func (s *store) always() error {
	for i := range s.lanes {
		l := &s.lanes[i]
		for _, by := range []identifier{number, card} {
			if who, _ := s.finds(l, by); l.up && s.isErased(who, l.heard) {
				return fmt.Errorf("till %d has heard that account %d was erased, and finds it", i, who)
			}
		}
		if w := s.hub.words[i]; !w.withdrawn && s.isErased(w.account, s.hub.heard) {
			return fmt.Errorf("the hub has heard that account %d was erased, and introduces it", w.account)
		}
	}
	var blind int8
	for _, f := range s.facts[:s.n] {
		if f.blind && f.account == somebodyElse {
			blind++
		}
	}
	if n := s.hq.points[somebodyElse]; n > blind {
		return fmt.Errorf("somebody else has %d, of which a card that no lane knew explains %d", n, blind)
	}
	if s.hq.loss > 0 {
		return fmt.Errorf("a loss of %d", s.hq.loss)
	}
	return nil
}

// meet has lanes and hub hear each other.
func (s *store) meet() {
	for range 3 {
		for i := range s.lanes {
			if s.lanes[i].up && s.hub.none&(1<<i) == 0 {
				s.tells(i, true)
				s.hears(s.page(i))
			}
		}
	}
}

// exchange has all that there is arrive at headquarters, and everybody hear it.
func (s *store) exchange() {
	for i := range s.lanes {
		if s.lanes[i].up {
			s.arrive(s.wrote(i))
		}
	}
	s.arrive(s.hub.has)
	s.hubIsFed()
	for i := range s.lanes {
		if s.lanes[i].up {
			s.isFed(&s.lanes[i])
		}
	}
}

// introducedAll: whom one lane took in the other finds, where none has heard of more
// erasures than the hub has. Who enrolled a number before it was erased is not missed.
func (s *store) introducedAll() error {
	for i := range s.lanes {
		j := 1 - i
		here, there := &s.lanes[i], &s.lanes[j]
		if !here.up || !there.up || there.local == 0 || s.hub.none&3 != 0 || s.hub.fed != 0 ||
			s.hub.heard < here.heard || s.isErased(there.local, s.hub.heard) || s.heardOf(there.local) < s.hq.number {
			continue
		}
		if who, _ := s.finds(here, number); who == 0 {
			return fmt.Errorf("till %d enrolled account %d, and till %d finds nobody", j, there.local, i)
		}
	}
	return nil
}

// heardOf is up to which erasure had heard who enrolled an account.
func (s *store) heardOf(account uint8) uint8 {
	for _, f := range s.facts[:s.n] {
		if f.kind == enrolled && f.account == account {
			return f.heard
		}
	}
	return 0
}

func (s *store) settled() error {
	for e, f := range s.facts[:s.n] {
		if f.lane < storeLanes && s.lanes[f.lane].up && s.hq.posted&(1<<e) == 0 {
			return fmt.Errorf("entry %d was never posted", e+1)
		}
	}
	for i := range s.lanes {
		if err := s.findsRight(i); err != nil {
			return err
		}
	}
	return s.storeAddsUp()
}

// findsRight: a lane finds whom headquarters says, by headquarters' word, and else
// nobody but by a lie that no row has set right.
func (s *store) findsRight(i int) error {
	l := &s.lanes[i]
	for _, by := range []identifier{number, card} {
		who, introduced := s.finds(l, by)
		fooled := l.fooled&by != 0 && who == somebodyElse
		if l.up && !fooled && (who != s.hq.claim || introduced) {
			return fmt.Errorf("till %d finds account %d, and headquarters has %d", i, who, s.hq.claim)
		}
	}
	return nil
}

// storeAddsUp holds what accounts have against the facts: what was sold to the number
// is of whoever has it now, unless its lane had not heard that the one before was
// erased.
func (s *store) storeAddsUp() error {
	var want [storeAccounts + 2]int8
	var typed int8
	for e, f := range s.facts[:s.n] {
		if bit := uint8(1) << e; f.kind != soldTo || s.hq.posted&bit == 0 || s.hq.held&bit != 0 {
			continue
		}
		of, gone := s.owner(&f)
		switch {
		case gone:
		case of == 0:
			typed++
		default:
			want[of]++
		}
	}
	if s.hq.claim != 0 {
		want[s.hq.claim] += typed
		typed = 0
	}
	if want != s.hq.points || typed != s.hq.waiting {
		return fmt.Errorf("accounts have %v and %d waits, and the facts add up to %v and %d",
			s.hq.points[1:], s.hq.waiting, want[1:], typed)
	}
	return nil
}

// owner is whose a sale is: an account's that no enroll of the number made, or of
// whoever has the number now (0), or of who was erased.
func (s *store) owner(f *storeFact) (account uint8, gone bool) {
	if f.number {
		return 0, f.heard < s.hq.number
	}
	for e, by := range s.facts[:s.n] {
		if bit := uint8(1) << e; by.kind == enrolled && by.account == f.account && s.hq.posted&bit != 0 && s.hq.held&bit == 0 {
			return 0, by.heard < s.hq.number
		}
	}
	return f.account, false
}
