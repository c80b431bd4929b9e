package model

// arrive brings headquarters facts, of which it may have some.
func (s *store) arrive(facts uint8) {
	for e := range s.facts[:s.n] {
		bit := uint8(1) << e
		if facts&bit == 0 || s.hq.posted&bit != 0 {
			continue
		}
		s.hq.posted |= bit
		f := &s.facts[e]
		if f.lane < storeLanes && s.hq.fenced&(1<<f.lane) != 0 {
			s.hq.held |= bit
			continue
		}
		s.post(f)
	}
}

func (s *store) post(f *storeFact) {
	q := &s.hq
	switch {
	case f.kind == spentOf:
		q.loss++ // no right stands in this scope
	case s.namesErased(f):
		if f.kind == enrolled {
			q.serial++
			q.erased[f.account] = q.serial
			q.points[f.account] = 0
		}
	case f.kind == enrolled:
		s.postEnroll(f.account)
	case f.number && (f.account == 0 || s.keeps(NumberDecides)):
		s.postTyped()
	default:
		s.credit(f.account, 1)
	}
}

// namesErased says whether what names the number was written before its lane could
// know that it was erased.
func (s *store) namesErased(f *storeFact) bool {
	if f.kind != enrolled && !f.number || s.hq.number == 0 || !s.keeps(ErasedOnArrival) {
		return false
	}
	return f.heard < s.hq.number || !s.keeps(NewByPlace)
}

func (s *store) postEnroll(account uint8) {
	q := &s.hq
	if q.claim != 0 {
		if s.keeps(SecondForwards) {
			q.into[account] = q.claim
			n := q.points[account]
			q.points[account] = 0
			s.credit(q.claim, n)
		}
		return
	}
	q.claim = account
	s.credit(account, q.waiting)
	q.waiting = 0
}

// postTyped is a sale to the number.
func (s *store) postTyped() {
	switch {
	case s.hq.claim != 0:
		s.credit(s.hq.claim, 1)
	case s.keeps(WaitsForEnroll):
		s.hq.waiting++
	}
}

// credit brings points to an account, or to nobody whose it is.
func (s *store) credit(account uint8, n int8) {
	if into := s.hq.into[account]; into != 0 {
		account = into
	}
	if s.hq.erased[account] == 0 {
		s.hq.points[account] += n
	}
}

// erases has a person at headquarters erase who has the number.
func (s *store) erases() {
	q := &s.hq
	q.serial++
	q.number = q.serial
	for a := range q.erased {
		if a == int(q.claim) || q.into[a] == q.claim {
			q.erased[a] = q.serial
			q.points[a] = 0
		}
	}
	q.claim = 0
}
