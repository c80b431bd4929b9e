package model

func questions(w *world, yield func(step, *world)) {
	eachTill(w, func(i int8, t *till) {
		if t.inc != w.hq.inc || w.hq.inc == 0 {
			return
		}
		if t.req == 0 {
			if w.left.requests == 0 {
				return
			}
			for a := range int8(maxAccounts) {
				yield(step{"asks for a right for account", i, a}, w.on(func(c *world) {
					c.left.requests--
					c.asked++
					c.tills[i].req, c.tills[i].asks = c.asked, a
				}))
			}
			return
		}
		yield(step{"is answered its question", i, none}, w.on(func(c *world) {
			c.grants(&c.tills[i])
			c.learns(&c.tills[i])
			c.tills[i].req = 0
		}))
		if w.left.lostAnswers > 0 {
			yield(step{"asks, and the answer is lost", i, none}, w.on(func(c *world) {
				c.left.lostAnswers--
				c.grants(&c.tills[i])
			}))
		}
	})
}

func exchanges(w *world, yield func(step, *world)) {
	if w.left.syncs == 0 {
		return
	}
	eachTill(w, func(i int8, t *till) {
		if t.inc != w.hq.inc {
			yield(step{"says hello", i, none}, w.on(func(c *world) {
				c.left.syncs--
				c.asksHello(&c.tills[i])
				c.learns(&c.tills[i])
			}))
			return
		}
		yield(step{"sends its batch", i, none}, w.on(func(c *world) {
			c.left.syncs--
			c.sends(&c.tills[i], true)
		}))
		if w.left.lostAnswers > 0 {
			yield(step{"sends its batch, and the answer is lost", i, none}, w.on(func(c *world) {
				c.left.syncs--
				c.left.lostAnswers--
				c.sends(&c.tills[i], false)
			}))
		}
		if w.left.lateBatches > 0 {
			yield(step{"sends its batch, which the network keeps back", i, none}, w.on(func(c *world) {
				c.left.lateBatches--
				c.late = late{true, c.batch(&c.tills[i])}
			}))
		}
		if w.left.crashes > 0 && !w.keeps(AckAfterCommit) {
			yield(step{"is acknowledged what a crash undoes", i, none}, w.on(func(c *world) {
				c.left.crashes--
				c.tills[i].acked = c.tills[i].chain.n
			}))
		}
	})
}

func lateBatches(w *world, yield func(step, *world)) {
	if !w.late.some {
		return
	}
	yield(step{"the batch that was kept back comes", -1, none}, w.on(func(c *world) {
		b := c.late.batch
		c.late = late{}
		c.receive(b)
	}))
}

// disks are faults of a till's disk.
func disks(w *world, yield func(step, *world)) {
	eachTill(w, func(i int8, t *till) {
		if w.left.saves > 0 {
			yield(step{"its disk is put aside", i, none}, w.on(func(c *world) {
				c.left.saves--
				c.tills[i].old = c.tills[i].disk
			}))
		}
		if w.left.restores > 0 && t.old.tag != (tag{}) {
			yield(step{"its old disk is put back, its mark stays", i, none}, w.on(func(c *world) {
				c.left.restores--
				c.restores(&c.tills[i], c.tills[i].old)
				c.forget()
			}))
		}
		if w.left.prunes > 0 {
			yield(step{"prunes", i, none}, w.on(func(c *world) {
				c.left.prunes--
				c.prunes(&c.tills[i])
			}))
		}
	})
}

// prunes drops bodies that are acknowledged and durable: in a backup.
func (w *world) prunes(t *till) {
	n := t.acked
	if w.keeps(PruneDurable) {
		n = min(n, w.backup.common(t.term, &t.chain))
	}
	t.pruned = max(t.pruned, n)
}

// machines are lost, and copied with all that they have.
func machines(w *world, yield func(step, *world)) {
	eachTill(w, func(i int8, t *till) {
		if w.left.lost > 0 {
			yield(step{"is lost", i, none}, w.on(func(c *world) {
				c.left.lost--
				c.tills[i].up = false
				c.forget()
			}))
		}
		copied := &w.tills[maxTills-1]
		if w.left.clones == 0 || copied.up {
			return
		}
		for _, alike := range []bool{true, false} {
			what := "is copied to another machine"
			if alike {
				what = "is copied to a machine that looks the same"
			}
			yield(step{what, i, none}, w.on(func(c *world) {
				c.left.clones--
				c.clones(&c.tills[i], alike)
			}))
		}
	})
}

func (w *world) clones(t *till, alike bool) {
	copied := &w.tills[maxTills-1]
	*copied = *t
	w.copied = true
	switch {
	case alike:
		w.excused += w.exposure(t)
	case w.keeps(Fingerprint):
		w.beginEpoch(copied, t.tag.epoch+1, copied.chain.n)
		copied.redeemOff = true
		copied.inc = 0
	}
}

// exposure is what a copy of a till could spend beside it: the rights it has,
// and those that headquarters would give to either.
func (w *world) exposure(t *till) (n int8) {
	for i := range w.hq.rights {
		r, h := &w.hq.rights[i], t.right(uint8(i+1))
		switch {
		case h != nil && !h.closed:
			n += h.open()
		case h == nil && r.open && r.term == t.term && r.tag == t.tag:
			n += r.rest()
		}
	}
	return n
}

func headquartersFaults(w *world, yield func(step, *world)) {
	if w.left.backups > 0 {
		yield(step{"headquarters is backed up", -1, none}, w.on(func(c *world) {
			c.left.backups--
			c.backup = c.hq
		}))
	}
	if w.left.hqRestores > 0 && w.backup.inc != 0 {
		yield(step{"headquarters is restored", -1, none}, w.on(func(c *world) {
			c.left.hqRestores--
			inc, heard := c.hq.inc, c.hq.heard
			c.hq = c.backup
			c.hq.inc, c.hq.heard = inc+1, heard
			c.hq.awaited = [maxTerms]bool{true, true}
			c.forgetAtHeadquarters()
		}))
	}
	if w.left.crashes > 0 && !w.keeps(StoredIntent) {
		yield(step{"headquarters crashes", -1, none}, w.on(func(c *world) {
			c.left.crashes--
			for i := range c.hq.transfers {
				c.hq.transfers[i].done = c.hq.transfers[i].amount > 0
			}
		}))
	}
}

// ownSteps are headquarters' own work.
func ownSteps(w *world, yield func(step, *world)) {
	for i := range w.hq.transfers {
		t := &w.hq.transfers[i]
		if t.amount == 0 || t.done {
			continue
		}
		yield(step{"a transfer arrives", -1, int8(i)}, w.on(func(c *world) { c.arrive(&c.hq.transfers[i], false) }))
		if w.left.crashes > 0 {
			yield(step{"a transfer arrives, and headquarters crashes", -1, int8(i)}, w.on(func(c *world) {
				c.left.crashes--
				c.arrive(&c.hq.transfers[i], true)
			}))
		}
	}
	for i := range w.hq.rights {
		if !w.mayReclaim(&w.hq.rights[i]) {
			continue
		}
		yield(step{"reclaims right", -1, int8(i + 1)}, w.on(func(c *world) { c.reclaims(&c.hq.rights[i]) }))
	}
	if w.left.merges > 0 && w.hq.accounts[1].into == 0 {
		yield(step{"account 1 is merged into 0", -1, none}, w.on(func(c *world) {
			c.left.merges--
			c.merges()
		}))
	}
}
