package model

// storeWith makes the beginning of a scope: nobody has the number.
func storeWith(left storeBudget) func(Rule) instant {
	return func(without Rule) instant {
		s := &store{made: somebodyElse, left: left, without: without}
		s.hub.list = 1
		for i := range s.lanes {
			s.lanes[i] = lane{up: true, cursor: mark{list: 1}, greeted: 1}
		}
		return s
	}
}

func storeScopes() []Scope {
	return []Scope{
		{"newcomers, and what is sold to them", []Rule{WaitsForEnroll, SecondForwards, ShownNotSpent},
			storeWith(storeBudget{enrolls: 2, sales: 1, spends: 1})},
		{"newcomers, and words that are lost", []Rule{IntroducedUntilTaken, ToldAnew},
			storeWith(storeBudget{enrolls: 1, lostWords: 1, hubLosses: 1})},
		{"newcomers, and lanes that are lost", []Rule{ToldBeforeIntroduced, AnotherList, Withdrawn},
			storeWith(storeBudget{enrolls: 1, losses: 1, fences: 1, hubLosses: 1})},
		{"newcomers, and a hub that lies", []Rule{NumberBeside, NumberDecides, KnownFirst},
			storeWith(storeBudget{enrolls: 1, sales: 1, lies: 1, erasures: 1})},
		{"newcomers who are erased", []Rule{HubForgets, ForgottenNotTaken, HeardFirst, CursorStays, ToldAnewAfterErasure, ReadAnewAfterErasure, StretchGoesOn},
			storeWith(storeBudget{enrolls: 1, elsewhere: 1, erasures: 1, latePages: 1})},
		{"newcomers who are erased, and one who waits", []Rule{LanesForget},
			storeWith(storeBudget{enrolls: 2, fences: 1, erasures: 1})},
		{"what is sold to a number that is erased", []Rule{ErasedOnArrival, NewByPlace},
			storeWith(storeBudget{enrolls: 1, sales: 1, erasures: 1})},
	}
}
