package model

// The first till is a hub where a scope has splits: it gives the other one parts of
// the rights that stand at it.

func splits(w *world, yield func(step, *world)) {
	hub, lane := &w.tills[0], &w.tills[1]
	if w.left.splits == 0 || w.n > maxFacts-2 || !hub.up || !lane.up || hub.chain.n == maxRows || lane.chain.n == maxRows {
		return
	}
	for j := range hub.rights {
		h := &hub.rights[j]
		if !w.maySpend(hub, h) || w.freePart() == 0 || lane.right(0) == nil {
			continue
		}
		yield(step{"gives a part of right", 0, int8(h.id)}, w.on(func(c *world) {
			c.left.splits--
			c.splits(&c.tills[0], &c.tills[0].rights[j], &c.tills[1])
		}))
	}
}

// splits gives one point of a right, which the lane hears of at once.
func (w *world) splits(t *till, h *held, lane *till) {
	id := w.freePart()
	f := fact{kind: split, account: h.account, right: h.id, amount: 1, part: id, to: lane.term, toTag: lane.tag}
	if w.keeps(SplitSpends) {
		h.spent++
	}
	w.write(t, f)
	if w.keeps(MarkBeforePart) {
		t.remember()
	}
	*lane.right(0) = held{id: id, account: h.account, amount: 1, until: h.until, tag: lane.tag}
	if f.kind = took; w.keeps(TookFirst) {
		w.write(lane, f)
	}
}

// freePart is the number of a right that there is none of; 0 where there is no more.
func (w *world) freePart() uint8 {
	for id := uint8(1); id <= maxRights; id++ {
		if w.granted[id-1] == 0 && w.whole(id) == id {
			return id
		}
	}
	return 0
}

// whole is the right that a part is of, or the right itself.
func (s *state) whole(id uint8) uint8 {
	for _, f := range s.facts[:s.n] {
		if f.part == id && id > 0 {
			return f.right
		}
	}
	return id
}

// postSplit makes a part, by whichever of its two entries comes first.
func (w *world) postSplit(f *fact, judged tag) {
	part, of := &w.hq.rights[f.part-1], &w.hq.rights[f.right-1]
	if part.amount > 0 || !of.open || f.kind == split && (of.term != f.term || of.tag != judged) {
		return
	}
	n := f.amount
	if w.keeps(FilledFromWhole) {
		n = min(n, of.rest())
		of.spent += n
	}
	if n > 0 {
		*part = right{account: of.account, term: f.to, tag: f.toTag, amount: n, until: of.until, open: true, part: true}
	}
}
