package model

// begin makes a world of two terminals in step with headquarters.
func begin(tills int, left budget, available ...int8) state {
	var s state
	s.left = left
	s.hq.inc = 1
	for i := range tills {
		s.tills[i] = till{up: true, term: uint8(i), markTag: tag{1, 1}, disk: disk{tag: tag{1, 1}, inc: 1}}
	}
	copy(s.start[:], available)
	for i, n := range available {
		s.hq.accounts[i].available = n
	}
	return s
}

// place grants a right before the story begins.
func (s *state) place(till int, of, amount int8) {
	var id uint8
	for s.granted[id] != 0 {
		id++
	}
	t := &s.tills[till]
	s.granted[id] = amount
	s.hq.accounts[of].available -= amount
	s.hq.rights[id] = right{account: of, term: t.term, tag: t.tag, amount: amount, until: spendFor, open: true}
	*t.right(0) = held{id: id + 1, account: of, amount: amount, until: spendFor, tag: t.tag}
}

// worldOf makes a scope's beginning of a state.
func worldOf(begin func() state) func(Rule) instant {
	return func(without Rule) instant { return &world{state: begin(), without: without} }
}

// Scopes returns the parts that are explored, each the home of some rules: the
// place where leaving one out shows.
func Scopes() []Scope { return append(worldScopes(), storeScopes()...) }

func worldScopes() []Scope {
	return []Scope{
		{"a right in time", []Rule{SpendUntil, ClockMark, ReturnUnheld, SeenFirst, Grace, ClockConfirmed}, worldOf(func() state {
			s := begin(1, budget{spends: 2, holds: 1, rightReturns: 1, syncs: 3, days: 5, jumps: 1, hqJumps: 1}, 2)
			s.place(0, 0, 2)
			return s
		})},
		{"rights asked for", []Rule{WithinAmount, ReturnCloses, FromAvailable, SameRight}, worldOf(func() state {
			return begin(2, budget{requests: 3, lostAnswers: 2, spends: 2, rightReturns: 1, syncs: 2}, 2)
		})},
		{"a disk put back", []Rule{BoundToBranch, MarkBeforeAnswer, FirstPlace, FirstSaleWins, LoserSpends, Sessions}, worldOf(func() state {
			s := begin(1, budget{sales: 2, spends: 2, saves: 1, restores: 1, syncs: 3, lateBatches: 1, requests: 1}, 2)
			s.place(0, 0, 1)
			return s
		})},
		{"a copied machine", []Rule{Fingerprint, ExcessToLoss, PostOnce, ComparePrefix, LowerEpochForks, TurnsFork, FencedForEver, HeldWhenFenced}, worldOf(func() state {
			s := begin(1, budget{sales: 1, spends: 2, clones: 1, syncs: 4, requests: 1}, 2)
			s.place(0, 0, 1)
			return s
		})},
		{"a copy and a disk put back", []Rule{RandomBranch}, worldOf(func() state {
			return begin(1, budget{spends: 2, saves: 1, restores: 1, clones: 1, syncs: 4, requests: 1}, 1)
		})},
		{"headquarters put back", []Rule{AckAfterCommit, PruneDurable, SentAgain, PlacesNothing, HandedBack}, worldOf(func() state {
			s := begin(2, budget{sales: 1, spends: 1, syncs: 5, requests: 2, backups: 1, hqRestores: 1, prunes: 1, crashes: 1}, 1)
			return s
		})},
		{"returns", []Rule{NoRefill, SaleIsSubject, Cumulative, Parked}, worldOf(func() state {
			s := begin(2, budget{sales: 2, spends: 2, backs: 2, syncs: 4}, 2)
			s.place(0, 0, 1)
			return s
		})},
		{"a return of what a right has", []Rule{UnescrowedOnly}, worldOf(func() state {
			return begin(1, budget{sales: 1, spends: 1, backs: 1, syncs: 4, requests: 1})
		})},
		{"a right given back, and an old disk", []Rule{MarkBeforeBatch}, worldOf(func() state {
			s := begin(1, budget{sales: 1, spends: 2, saves: 1, restores: 1, syncs: 3, lateBatches: 1, rightReturns: 1}, 2)
			s.place(0, 0, 2)
			return s
		})},
		{"receipts claimed", []Rule{OwedFirst, FirstClaimWins, StoredIntent, TransferOnce}, worldOf(func() state {
			return begin(2, budget{sales: 1, claims: 2, backs: 1, syncs: 4, crashes: 2})
		})},
		{"two accounts become one", []Rule{ForwardOwed, EndsAtSurvivor}, worldOf(func() state {
			s := begin(2, budget{sales: 1, spends: 1, backs: 1, syncs: 4, merges: 1, rightReturns: 1, days: 4}, 1, 1)
			s.place(0, 1, 1)
			s.hq.accounts[1].owed, s.start[1] = 1, 0
			return s
		})},
		{"a hub and a lane", []Rule{SplitSpends, TookFirst, FilledFromWhole}, worldOf(func() state {
			s := begin(2, budget{spends: 2, splits: 2, rightReturns: 2, syncs: 4}, 1)
			s.place(0, 0, 1)
			return s
		})},
		{"a hub's disk put back", []Rule{MarkBeforePart}, worldOf(func() state {
			s := begin(2, budget{spends: 2, splits: 2, saves: 1, restores: 1, syncs: 3}, 1)
			s.place(0, 0, 1)
			return s
		})},
	}
}
