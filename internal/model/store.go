package model

import "hash/maphash"

// Sizes of a store whose lanes introduce newcomers to each other.
const (
	storeLanes    = 2
	storeAccounts = 4 // made for the number
	storeFacts    = 6
)

// somebodyElse is the account of a member with another number; those that are made
// for the number come behind it.
const somebodyElse uint8 = 1

// identifier is by what somebody is found: her number, or the card that she has
// wherever she enrolls. Several are a set.
type identifier uint8

const (
	number identifier = 1 << iota
	card
)

// store is one number, two lanes, their hub and headquarters: who is found by the
// number, and whose a sale is. Journals, epochs and rights are the world's (state);
// here what a lane or the hub sends arrives whole, late, never or twice.
type store struct {
	n       uint8
	facts   [storeFacts]storeFact
	made    uint8 // accounts, somebody else's with them
	lanes   [storeLanes]lane
	hub     storeHub
	hq      storeChain
	late    page
	left    storeBudget
	without Rule
}

type storeKind uint8

const (
	enrolled storeKind = 1 + iota
	soldTo
	spentOf
)

// elsewhere is where a number is enrolled that is not of this store.
const elsewhere uint8 = storeLanes

// storeFact is an entry.
type storeFact struct {
	kind    storeKind
	lane    uint8
	account uint8 // as it stands there; 0 where nobody was found
	number  bool  // beside it
	blind   bool  // by a card of which the lane had the hub's word alone
	heard   uint8 // up to which erasure its lane had heard
}

// lane is a till.
type lane struct {
	up         bool
	heard      uint8 // serial of the last erasure that it heard of
	fed        uint8 // whom the feed says
	local      uint8 // whom it enrolled
	introduced uint8 // whom the other lane did, by the hub's word
	lies       identifier
	cursor     mark
	greeted    uint8 // the list of the hub that it told
	hubHeard   uint8 // up to which erasure the hub had, when it last said so
	told       uint8 // whom it introduced to that
	// fooled is by what the hub lied that no row has set right: that much it may.
	fooled identifier
}

// word is another lane's, as the hub has it.
type word struct {
	account   uint8
	at        uint8 // place in the list
	withdrawn bool
}

type storeHub struct {
	list  uint8
	end   uint8
	words [storeLanes]word
	has   uint8 // facts, as bits
	heard uint8
	fed   uint8
	none  uint8 // lanes that are none any more, as bits
}

// mark is a place in one of the hub's lists.
type mark struct{ list, at uint8 }

// page is a stretch of the hub's list.
type page struct {
	some  bool
	to    uint8
	after mark // which it goes on from
	next  mark
	heard uint8
	words [storeLanes]word // those that are new
}

// storeChain is headquarters.
type storeChain struct {
	claim   uint8 // who has the number
	into    [storeAccounts + 2]uint8
	points  [storeAccounts + 2]int8
	waiting int8 // sold to the number while nobody had it
	serial  uint8
	erased  [storeAccounts + 2]uint8 // serial
	number  uint8                    // serial of the number's erasure
	fenced  uint8                    // lanes, as bits
	posted  uint8                    // facts, as bits
	held    uint8
	loss    int8
}

// storeBudget is how often each may still happen. What is sent is not bounded.
type storeBudget struct {
	enrolls, elsewhere, sales, spends, erasures int8
	lostWords, latePages, lies                  int8
	losses, fences, hubLosses                   int8
}

func (s *store) keeps(r Rule) bool { return s.without != r }

func (s *store) hash(seed maphash.Seed) uint64 { return maphash.Comparable(seed, *s) }

func (s *store) on(do func(*store)) *store {
	c := *s
	do(&c)
	return &c
}

// knows says whom a lane knows by itself: the feed's word goes before its journal's.
func (l *lane) knows() uint8 {
	if l.fed != 0 {
		return l.fed
	}
	return l.local
}

// word is whom the hub says.
func (l *lane) word(by identifier) uint8 {
	if l.lies&by != 0 {
		return somebodyElse
	}
	return l.introduced
}

// finds says whom a lane finds, and whether by the hub's word.
func (s *store) finds(l *lane, by identifier) (who uint8, introduced bool) {
	if !s.keeps(KnownFirst) && l.word(by) != 0 {
		return l.word(by), true
	}
	if who = l.knows(); who != 0 {
		return who, false
	}
	who = l.word(by)
	return who, who != 0
}

func (s *store) write(f storeFact) {
	s.facts[s.n] = f
	s.n++
}

func (s *store) isErased(account, heard uint8) bool {
	at := s.hq.erased[account]
	return at != 0 && at <= heard
}
