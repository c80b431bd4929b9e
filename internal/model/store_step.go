package model

// storeNext gives what can follow in a store.
type storeNext func(s *store, yield func(step, *store))

var storeHappens = []storeNext{newcomers, storeSales, words, feeds, lies, storeFaults}

func (s *store) follow(yield func(step, instant)) {
	for _, happen := range storeHappens {
		happen(s, func(by step, c *store) { yield(by, c) })
	}
}

func (s *store) eachLane(do func(i int8, l *lane)) {
	for i := range s.lanes {
		if s.lanes[i].up {
			do(int8(i), &s.lanes[i])
		}
	}
}

// newcomers enroll, at a lane that does not find them, or at another store.
func newcomers(s *store, yield func(step, *store)) {
	if s.n == storeFacts || s.made > storeAccounts {
		return
	}
	enroll := func(c *store, lane, heard uint8) uint8 {
		c.made++
		c.write(storeFact{kind: enrolled, lane: lane, account: c.made, number: true, heard: heard})
		return c.made
	}
	s.eachLane(func(i int8, l *lane) {
		if who, _ := s.finds(l, number); s.left.enrolls == 0 || who != 0 {
			return
		}
		yield(step{"enrolls the number as account", i, int8(s.made) + 1}, s.on(func(c *store) {
			c.left.enrolls--
			c.lanes[i].local = enroll(c, uint8(i), l.heard)
		}))
	})
	if s.left.elsewhere == 0 || s.hq.claim != 0 {
		return
	}
	yield(step{"another store enrolls the number as account", -1, int8(s.made) + 1}, s.on(func(c *store) {
		c.left.elsewhere--
		enroll(c, elsewhere, s.hq.serial)
		c.arrive(1 << (c.n - 1))
	}))
}

func storeSales(s *store, yield func(step, *store)) {
	if s.n == storeFacts {
		return
	}
	s.eachLane(func(i int8, l *lane) {
		if s.left.sales > 0 {
			yield(step{"sells to the number", i, none}, s.on(func(c *store) { c.sells(uint8(i), number) }))
			if who, _ := s.finds(l, card); who != 0 {
				yield(step{"sells to her card", i, none}, s.on(func(c *store) { c.sells(uint8(i), card) }))
			}
		}
		if s.left.spends == 0 || l.introduced == 0 || s.keeps(ShownNotSpent) {
			return
		}
		yield(step{"spends what the hub tells of account", i, int8(l.introduced)}, s.on(func(c *store) {
			c.left.spends--
			c.write(storeFact{kind: spentOf, lane: uint8(i), account: l.introduced})
		}))
	})
}

func (s *store) sells(i uint8, by identifier) {
	l := &s.lanes[i]
	who, introduced := s.finds(l, by)
	s.left.sales--
	s.write(storeFact{
		kind: soldTo, lane: i, account: who, heard: l.heard,
		number: by == number && (who == 0 || introduced && s.keeps(NumberBeside)),
		blind:  by == card && l.knows() == 0,
	})
}

// words go between lanes and hub.
func words(s *store, yield func(step, *store)) {
	s.eachLane(func(i int8, l *lane) {
		if s.hub.none&(1<<i) != 0 {
			return
		}
		yield(step{"tells the hub", i, none}, s.on(func(c *store) { c.tells(int(i), true) }))
		if s.left.lostWords > 0 {
			yield(step{"tells the hub, and whom it introduces is lost", i, none}, s.on(func(c *store) {
				c.left.lostWords--
				c.tells(int(i), false)
			}))
		}
		yield(step{"hears the hub", i, none}, s.on(func(c *store) { c.hears(c.page(int(i))) }))
		if s.left.latePages > 0 && !s.late.some {
			yield(step{"hears the hub, which the network keeps back", i, none}, s.on(func(c *store) {
				c.left.latePages--
				c.late = c.page(int(i))
			}))
		}
	})
	if s.late.some && s.lanes[s.late.to].up {
		yield(step{"hears what was kept back", int8(s.late.to), none}, s.on(func(c *store) {
			p := c.late
			c.late = page{}
			c.hears(p)
		}))
	}
}

// feeds go between the store and headquarters, whenever there is a way.
func feeds(s *store, yield func(step, *store)) {
	s.eachLane(func(i int8, l *lane) {
		if all := s.wrote(int(i)); all&^s.hq.posted != 0 {
			yield(step{"sends its batch", i, none}, s.on(func(c *store) { c.arrive(all) }))
		}
		yield(step{"hears headquarters", i, none}, s.on(func(c *store) { c.isFed(&c.lanes[i]) }))
	})
	if s.hub.has&^s.hq.posted != 0 {
		yield(step{"the hub brings what it has", -1, none}, s.on(func(c *store) { c.arrive(c.hub.has) }))
	}
	yield(step{"the hub hears headquarters", -1, none}, s.on(func(c *store) { c.hubIsFed() }))
	if s.left.erasures > 0 && s.hq.claim != 0 {
		yield(step{"headquarters erases who has the number", -1, none}, s.on(func(c *store) {
			c.left.erasures--
			c.erases()
		}))
	}
}

// lies are a hub's, of whom the feed has told the lane nothing.
func lies(s *store, yield func(step, *store)) {
	s.eachLane(func(i int8, l *lane) {
		if s.left.lies == 0 || l.fed != 0 {
			return
		}
		for _, lie := range []struct {
			by   identifier
			what string
		}{{number, "is told that the number is somebody else's"}, {card, "is told that her card is somebody else's"}} {
			yield(step{lie.what, i, none}, s.on(func(c *store) {
				c.left.lies--
				c.lanes[i].lies |= lie.by
				c.lanes[i].fooled |= lie.by
			}))
		}
	})
}

func storeFaults(s *store, yield func(step, *store)) {
	s.eachLane(func(i int8, _ *lane) {
		if s.left.losses > 0 {
			yield(step{"is lost", i, none}, s.on(func(c *store) {
				c.left.losses--
				c.lanes[i].up = false
			}))
		}
		if s.left.fences > 0 {
			yield(step{"is lost, and fenced", i, none}, s.on(func(c *store) {
				c.left.fences--
				c.lanes[i].up = false
				c.hq.fenced |= 1 << i
			}))
		}
	})
	if s.left.hubLosses > 0 {
		yield(step{"the hub loses its file", -1, none}, s.on(func(c *store) {
			c.left.hubLosses--
			c.losesFile()
		}))
	}
}
