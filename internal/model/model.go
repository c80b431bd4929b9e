// Package model is the protocol in small: two terminals (and a copy of one), a
// headquarters, two accounts, a network that loses, repeats and delays, and
// every fault that protocol.md speaks of; and a store whose lanes introduce
// newcomers to each other. It explores, breadth first, all that can happen
// within a scope's budget, and asks of every state whether the promises hold.
// It knows nothing of the code it stands for: it is what that code is meant to
// do.
//
// Each rule of the protocol can be left out (Rule). With all of them no state
// breaks a promise; without any one of them some state does, and the shortest
// way there is the rule's counterexample.
package model

// Sizes of the world. They are small so that scopes can be explored whole;
// a scope's budget bounds what happens in it further.
const (
	maxTills    = 3
	maxTerms    = 2
	maxAccounts = 2
	maxFacts    = 9
	maxRows     = 8
	maxRights   = 3
	maxStreams  = 6
	maxKeys     = 2

	spendFor = 2 // days from a grant to spend_until
	grace    = 2 // days from there to its reclaim
)

type kind uint8

const (
	sale        kind = 1 + iota
	back             // a return of all of a sale
	rightReturn      // what is left of a right goes back
	claim            // a receipt's code, for an account
	split            // a hub gives a part of a right to a lane
	took             // the lane has it
)

// nobody has an anonymous sale.
const nobody int8 = -1

// fact is an entry: immutable, known by its number. What it is stays here when
// every journal has lost it.
type fact struct {
	kind    kind
	term    uint8 // where it was first written
	tag     tag
	account int8  // whom it names
	key     uint8 // of the sale it is or is about
	right   uint8 // it spends or returns, by number from 1
	amount  int8  // of the right
	gone    bool  // a fault that protocol.md allows lost it
	held    bool  // it came from a terminal that was fenced
	part    uint8 // of the right, by number from 1: what a split makes
	to      uint8 // the terminal that the part is for
	toTag   tag
}

// tag is one life of a journal.
type tag struct{ epoch, branch uint8 }

// row is a place: two chains that have the same rows up to a place have the
// same hash there.
type row struct {
	entry uint8 // number from 1
	tag   tag
}

type chain struct {
	n    uint8
	rows [maxRows]row
}

// common is how many rows two chains share from their beginning.
func (c *chain) common(d *chain) uint8 {
	n := min(c.n, d.n)
	for i := range n {
		if c.rows[i] != d.rows[i] {
			return i
		}
	}
	return n
}

func (c *chain) has(entry uint8) bool {
	for _, r := range c.rows[:c.n] {
		if r.entry == entry {
			return true
		}
	}
	return false
}

func (c *chain) append(r row) {
	c.rows[c.n] = r
	c.n++
}

// state is the whole world at an instant. It is comparable, and what is equal
// is the same state.
type state struct {
	now   int8
	n     uint8 // facts told
	facts [maxFacts]fact
	tills [maxTills]till

	hq     headquarters
	backup headquarters // inc is 0 while there is none

	late  late // a batch that the network kept back
	left  budget
	start [maxAccounts]int8 // what accounts had at first

	granted       [maxRights]int8 // by id
	branches      uint8           // drawn
	asked         uint8           // questions
	sessions      uint8           // given
	copied        bool            // some machine was
	givenToCopies bool            // a right, after they were found out
	full          bool            // a list of the model's own is full: nothing can be said

	// excused is what protocol.md lets be lost by now: what machines that were
	// copied, or silent past spend_until + grace, could still spend.
	excused int8
}

// world is a state in the hands of the rules that are kept.
type world struct {
	state
	without Rule
}

func (w *world) keeps(r Rule) bool { return w.without != r }

func (s *state) fact(entry uint8) *fact { return &s.facts[entry-1] }

// tell makes a fact and returns its number.
func (s *state) tell(f fact) uint8 {
	s.facts[s.n] = f
	s.n++
	return s.n
}

// budget is how often each may still happen.
type budget struct {
	sales, spends, holds, backs, rightReturns, claims, requests int8
	splits                                                      int8
	syncs, lostAnswers, lateBatches                             int8
	days, jumps, hqJumps, crashes                               int8
	saves, restores, clones, lost                               int8
	backups, hqRestores, merges, prunes                         int8
}
