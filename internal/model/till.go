package model

// held is a right as its terminal knows it.
type held struct {
	id                            uint8 // 0 where there is none
	account                       int8
	amount, spent, held, returned int8
	until                         int8
	tag                           tag
	closed                        bool
}

func (h *held) open() int8 { return h.amount - h.spent - h.returned }

// disk is what a backup of a till's folder has, and a copy of it.
type disk struct {
	tag    tag
	chain  chain
	acked  uint8 // rows
	pruned uint8 // rows whose bodies are gone
	rights [maxRights]held
	inc    uint8 // headquarters' incarnation of the session; 0 before hello
	// session is the number of it; headquarters gives one at hello.
	session uint8
	req     uint8 // question under way, 0 none
	asks    int8  // of which account
}

// till is a machine.
type till struct {
	up   bool
	term uint8
	disk
	old disk // put aside to be restored; its tag is zero while there is none

	offset    int8  // of its clock
	clockMark int8  // the highest time it saw
	redeemOff bool  // until hello
	mark      uint8 // rows, in a file outside of the database
	markEntry uint8 // the last of them
	markTag   tag
}

// right returns a till's row of a right; nil where it has none.
func (d *disk) right(id uint8) *held {
	for i := range d.rights {
		if d.rights[i].id == id {
			return &d.rights[i]
		}
	}
	return nil
}

// write appends a fact to a till's journal and tells it.
func (w *world) write(t *till, f fact) {
	f.term, f.tag = t.term, t.tag
	t.chain.append(row{w.tell(f), t.tag})
}

// remember moves the mark to the journal's end.
func (t *till) remember() {
	t.mark, t.markTag, t.markEntry = t.chain.n, t.tag, 0
	if t.mark > 0 {
		t.markEntry = t.chain.rows[t.mark-1].entry
	}
}

// sells completes a sale that earns a point. One sale's key stands once in a
// journal.
func (w *world) sells(t *till, account int8, key uint8, h *held) {
	f := fact{kind: sale, account: account, key: key + 1}
	if h != nil {
		f.right, f.amount = h.id, 1
		h.spent++
	}
	w.write(t, f)
	if h != nil && w.keeps(MarkBeforeAnswer) {
		t.remember()
	}
}

// spends completes a sale that only spends.
func (w *world) spends(t *till, h *held) {
	h.spent++
	w.write(t, fact{kind: sale, account: h.account, right: h.id, amount: 1})
	if w.keeps(MarkBeforeAnswer) {
		t.remember()
	}
}

// spendsUnseen spends what was just earned here: the mutant of SeenFirst.
func (w *world) spendsUnseen(t *till, account int8) {
	w.write(t, fact{kind: sale, account: account, right: maxRights + 1, amount: 1})
	t.remember()
}

// maySpend says whether a till would spend one more of a right, or hold it.
func (w *world) maySpend(t *till, h *held) bool {
	switch {
	case h.id == 0 || h.closed:
		return false
	case w.keeps(WithinAmount) && h.open()-h.held < 1:
		return false
	case w.keeps(SpendUntil) && w.now+t.offset >= h.until:
		return false
	case w.keeps(BoundToBranch) && h.tag != t.tag:
		return false
	case w.keeps(ClockMark) && t.redeemOff:
		return false
	}
	return true
}

// returnsRight gives back what is left of a right.
func (w *world) returnsRight(t *till, h *held) {
	n := h.open()
	h.returned += n
	h.closed = h.held == 0
	w.write(t, fact{kind: rightReturn, account: h.account, right: h.id, amount: n})
	if !w.keeps(ReturnCloses) {
		*h = held{}
	}
}

// takesBack completes a return of a whole sale; the named account is what the
// cashier said.
func (w *world) takesBack(t *till, key uint8, named int8) {
	w.write(t, fact{kind: back, account: named, key: key + 1})
	if !w.keeps(NoRefill) {
		w.refill(t, key)
	}
}

func (w *world) refill(t *till, key uint8) {
	for _, r := range t.chain.rows[:t.chain.n] {
		f := w.fact(r.entry)
		if f.kind != sale || f.key != key+1 || f.amount == 0 {
			continue
		}
		if h := t.right(f.right); h != nil && h.spent > 0 {
			h.spent--
		}
	}
}

// day is what a running till does when a day has passed: what was held is given
// up, its clock's mark moves.
func (t *till) day(now int8) {
	for i := range t.rights {
		t.rights[i].held = 0
	}
	t.clockMark = max(t.clockMark, now+t.offset)
}

// jumps moves a till's clock.
func (t *till) jumps(now, by int8) {
	t.offset += by
	if now+t.offset < t.clockMark {
		t.redeemOff = true
	}
	t.clockMark = max(t.clockMark, now+t.offset)
}

// restores puts an older database under a till, whose mark stays, or makes a
// copied one start on another machine.
func (w *world) restores(t *till, old disk) {
	t.disk = old
	t.inc = 0
	behind := t.tag != t.markTag || t.chain.n < t.mark || t.mark > 0 && t.chain.rows[t.mark-1].entry != t.markEntry
	if behind {
		w.beginEpoch(t, t.tag.epoch+1, t.chain.n)
		t.redeemOff = true
	}
}

// beginEpoch opens a new life of a journal from its first rows; what stands
// behind them is written again under it.
func (w *world) beginEpoch(t *till, epoch, from uint8) {
	branch := uint8(1)
	if w.keeps(RandomBranch) {
		w.branches++
		branch += w.branches
	}
	t.tag = tag{epoch, branch}
	for i := from; i < t.chain.n; i++ {
		t.chain.rows[i].tag = t.tag
	}
	t.acked = min(t.acked, from)
	for i := range t.rights {
		h := &t.rights[i]
		if h.id != 0 && w.keeps(BoundToBranch) {
			h.closed = true
		}
	}
	t.remember()
}
