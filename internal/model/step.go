package model

import "hash/maphash"

// step is one thing that can happen, as a counterexample tells it.
type step struct {
	what string
	till int8 // -1 where it is headquarters'
	of   int8 // account, right or number of days, as what says
}

// none is what a step is of that says all by itself.
const none int8 = 127

func sellsTo(till, account int8) step {
	if account == nobody {
		return step{"sells to nobody", till, none}
	}
	return step{"sells to account", till, account}
}

// next gives each state that can follow a world, and what happened on the way.
type next func(w *world, yield func(step, *world))

// happens are all that can happen, each within its budget.
var happens = []next{
	sellings, spendings, holdings, backs, claims, rightReturns, splits,
	questions, exchanges, lateBatches,
	days, jumps, disks, machines, headquartersFaults, ownSteps,
}

func (w *world) follow(yield func(step, instant)) {
	for _, happen := range happens {
		happen(w, func(by step, c *world) { yield(by, c) })
	}
}

func (w *world) hash(seed maphash.Seed) uint64 { return maphash.Comparable(seed, w.state) }

// eachTill goes over the tills that run.
func eachTill(w *world, do func(i int8, t *till)) {
	for i := range w.tills {
		if w.tills[i].up {
			do(int8(i), &w.tills[i])
		}
	}
}

// on copies the world and does something to it.
func (w *world) on(do func(*world)) *world {
	c := *w
	do(&c)
	return &c
}

func sellings(w *world, yield func(step, *world)) {
	if w.left.sales == 0 || w.n == maxFacts {
		return
	}
	eachTill(w, func(i int8, t *till) {
		key := t.term
		if t.hasKey(w, key) || t.chain.n == maxRows {
			return
		}
		for a := nobody; a < maxAccounts; a++ {
			if a == nobody && w.left.claims == 0 {
				continue
			}
			yield(sellsTo(i, a), w.on(func(c *world) {
				c.left.sales--
				c.sells(&c.tills[i], a, key, nil)
			}))
		}
		for j := range t.rights {
			h := &t.rights[j]
			if w.left.spends == 0 || h.account == nobody || !w.maySpend(t, h) {
				continue
			}
			yield(step{"sells for right", i, int8(h.id)}, w.on(func(c *world) {
				c.left.sales--
				c.left.spends--
				c.sells(&c.tills[i], h.account, key, &c.tills[i].rights[j])
			}))
		}
	})
}

func (d *disk) hasKey(w *world, key uint8) bool {
	for _, r := range d.chain.rows[:d.chain.n] {
		if f := w.fact(r.entry); f.kind == sale && f.key == key+1 {
			return true
		}
	}
	return false
}

func spendings(w *world, yield func(step, *world)) {
	if w.left.spends == 0 || w.n == maxFacts {
		return
	}
	eachTill(w, func(i int8, t *till) {
		if t.chain.n == maxRows {
			return
		}
		for j := range t.rights {
			if !w.maySpend(t, &t.rights[j]) {
				continue
			}
			yield(step{"spends right", i, int8(t.rights[j].id)}, w.on(func(c *world) {
				c.left.spends--
				c.spends(&c.tills[i], &c.tills[i].rights[j])
			}))
		}
		if w.keeps(SeenFirst) || t.acked == t.chain.n {
			return
		}
		yield(step{"spends what it earned", i, 0}, w.on(func(c *world) {
			c.left.spends--
			c.spendsUnseen(&c.tills[i], 0)
		}))
	})
}

func holdings(w *world, yield func(step, *world)) {
	eachTill(w, func(i int8, t *till) {
		for j := range t.rights {
			h := &t.rights[j]
			if w.left.holds > 0 && w.maySpend(t, h) {
				yield(step{"holds right", i, int8(h.id)}, w.on(func(c *world) {
					c.left.holds--
					c.tills[i].rights[j].held++
				}))
			}
			if h.held > 0 && h.tag == t.tag && w.left.spends > 0 && w.n < maxFacts && t.chain.n < maxRows {
				yield(step{"completes the hold of right", i, int8(h.id)}, w.on(func(c *world) {
					c.left.spends--
					c.tills[i].rights[j].held--
					c.spends(&c.tills[i], &c.tills[i].rights[j])
				}))
			}
		}
	})
}

// backs returns a sale at any till, under any name: the receipt says which sale.
func backs(w *world, yield func(step, *world)) {
	if w.left.backs == 0 || w.n == maxFacts {
		return
	}
	eachTill(w, func(i int8, t *till) {
		for key := range uint8(maxKeys) {
			if !w.toldSale(key) || t.hasBack(w, key) || t.chain.n == maxRows {
				continue
			}
			for a := range int8(maxAccounts) {
				yield(step{"takes back the sale, naming account", i, a}, w.on(func(c *world) {
					c.left.backs--
					c.takesBack(&c.tills[i], key, a)
				}))
			}
		}
	})
}

func (s *state) toldSale(key uint8) bool {
	for _, f := range s.facts[:s.n] {
		if f.kind == sale && f.key == key+1 {
			return true
		}
	}
	return false
}

func (d *disk) hasBack(w *world, key uint8) bool {
	for _, r := range d.chain.rows[:d.chain.n] {
		if f := w.fact(r.entry); f.kind == back && f.key == key+1 {
			return true
		}
	}
	return false
}

func claims(w *world, yield func(step, *world)) {
	if w.left.claims == 0 || w.n == maxFacts {
		return
	}
	eachTill(w, func(i int8, t *till) {
		for key := range uint8(maxKeys) {
			if !w.toldSale(key) || t.chain.n == maxRows {
				continue
			}
			for a := range int8(maxAccounts) {
				yield(step{"claims a receipt for account", i, a}, w.on(func(c *world) {
					c.left.claims--
					c.write(&c.tills[i], fact{kind: claim, account: a, key: key + 1})
				}))
			}
		}
	})
}

func rightReturns(w *world, yield func(step, *world)) {
	if w.left.rightReturns == 0 || w.n == maxFacts {
		return
	}
	eachTill(w, func(i int8, t *till) {
		for j := range t.rights {
			h := &t.rights[j]
			if h.id == 0 || h.closed || h.tag != t.tag || h.open() == 0 || t.chain.n == maxRows ||
				h.held > 0 && w.keeps(ReturnUnheld) {
				continue
			}
			yield(step{"returns right", i, int8(h.id)}, w.on(func(c *world) {
				c.left.rightReturns--
				c.returnsRight(&c.tills[i], &c.tills[i].rights[j])
			}))
		}
	})
}

func days(w *world, yield func(step, *world)) {
	if w.left.days == 0 {
		return
	}
	yield(step{"a day passes", -1, none}, w.on(func(c *world) {
		c.left.days--
		c.now++
		for i := range c.tills {
			c.tills[i].day(c.now)
		}
	}))
}

func jumps(w *world, yield func(step, *world)) {
	if w.left.jumps > 0 {
		eachTill(w, func(i int8, t *till) {
			for _, by := range []int8{-3, 3} {
				yield(step{"its clock jumps by days", i, by}, w.on(func(c *world) {
					c.left.jumps--
					c.tills[i].jumps(c.now, by)
				}))
			}
		})
	}
	if w.left.hqJumps > 0 {
		yield(step{"headquarters' clock jumps ahead", -1, 5}, w.on(func(c *world) {
			c.left.hqJumps--
			c.hq.offset, c.hq.unsure = 5, true
		}))
	}
}
