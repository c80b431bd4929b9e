package model

// batch is what a till sends: its chain up to here.
type batch struct {
	term    uint8
	session uint8
	tag     tag
	chain   chain
}

// answer is what headquarters says to a batch.
type answer uint8

const (
	ack answer = iota
	fork
	hello // begin again
)

// late is a batch that comes once more, or for the first time, whenever.
type late struct {
	some bool
	batch
}

// batch is what a till sends next.
func (w *world) batch(t *till) batch {
	if w.keeps(MarkBeforeBatch) {
		t.remember()
	}
	return batch{t.term, t.session, t.tag, t.chain}
}

// stream finds one life of a terminal's journal; nil where it is not known.
func (q *headquarters) stream(term uint8, of tag) *stream {
	for i := range q.streams[term] {
		if s := &q.streams[term][i]; s.chain.n > 0 && s.tag == of {
			return s
		}
	}
	return nil
}

// common is up to which row headquarters has a terminal's journal.
func (q *headquarters) common(term uint8, c *chain) uint8 {
	var most uint8
	for i := range q.streams[term] {
		most = max(most, q.streams[term][i].chain.common(c))
	}
	return most
}

// receive is intake: it stores what is new and posts it.
func (w *world) receive(b batch) answer {
	q := &w.hq
	if b.session != q.sessions[b.term] && w.keeps(Sessions) {
		return hello
	}
	if b.chain.n == 0 || b.chain.rows[b.chain.n-1].tag != b.tag {
		return ack // nothing of this life yet
	}
	s := q.stream(b.term, b.tag)
	if s == nil {
		return w.receiveNew(b)
	}
	same := s.chain.common(&b.chain)
	switch {
	case same < min(s.chain.n, b.chain.n):
		if !w.keeps(ComparePrefix) {
			return ack // trimmed by its length alone
		}
		q.fenced[b.term] = true
		return fork
	case b.chain.n <= s.chain.n:
		return ack // a retry, or one that comes late
	case b.tag.epoch < q.highest[b.term] && w.keeps(LowerEpochForks):
		q.fenced[b.term] = true
		return fork
	}
	w.extend(s, b, same)
	return ack
}

// receiveNew takes a life that was not heard of: its epoch is above all others.
func (w *world) receiveNew(b batch) answer {
	q := &w.hq
	if b.tag.epoch <= q.highest[b.term] && w.keeps(LowerEpochForks) {
		q.fenced[b.term] = true
		return fork
	}
	for i := range q.streams[b.term] {
		s := &q.streams[b.term][i]
		if s.chain.n > 0 {
			continue
		}
		s.tag = b.tag
		q.highest[b.term] = max(q.highest[b.term], b.tag.epoch)
		w.extend(s, b, q.common(b.term, &b.chain))
		return ack
	}
	w.full = true
	return ack
}

func (w *world) extend(s *stream, b batch, from uint8) {
	s.chain = b.chain
	for _, r := range b.chain.rows[from:b.chain.n] {
		if w.hq.fenced[b.term] && w.hq.posted&(1<<r.entry) == 0 {
			w.fact(r.entry).held = true
		}
		w.post(r.entry, r.tag)
	}
}

// sends is one batch of all that a till has; its answer may be lost.
func (w *world) sends(t *till, answered bool) {
	w.hq.heard[t.term] = w.now
	a := w.receive(w.batch(t))
	if !answered {
		return
	}
	switch a {
	case hello:
		t.inc = 0
		return
	case fork:
		w.beginEpoch(t, max(w.hq.highest[t.term], t.tag.epoch)+1, w.hq.common(t.term, &t.chain))
		return
	}
	t.acked = t.chain.n
	t.remember()
	w.learns(t)
}

// asksHello is the first exchange of a session.
func (w *world) asksHello(t *till) {
	q := &w.hq
	q.heard[t.term] = w.now
	s := q.stream(t.term, t.tag)
	have := q.common(t.term, &t.chain)
	switch {
	case s != nil && (s.chain.n > t.chain.n || s.chain.common(&t.chain) < s.chain.n):
		w.beginEpoch(t, max(q.highest[t.term], t.tag.epoch)+1, have)
	case have < t.chain.n && t.chain.rows[have].tag != t.tag:
		w.beginEpoch(t, max(q.highest[t.term], t.tag.epoch)+1, have)
	case t.tag.epoch < q.highest[t.term] && !q.fenced[t.term] && w.keeps(LowerEpochForks):
		if w.takesTurns(t) && w.keeps(TurnsFork) {
			q.fenced[t.term] = true
			break
		}
		w.beginEpoch(t, q.highest[t.term]+1, have)
	}
	if t.inc == 0 || w.keeps(SentAgain) {
		t.acked = have
	}
	w.sessions++
	t.inc, t.session, q.sessions[t.term] = q.inc, w.sessions, w.sessions
	w.handsBack(t)
	if !q.unsure {
		t.offset, t.clockMark, t.redeemOff = q.offset, w.now+q.offset, false
	}
}

// takesTurns says whether a journal stands beside the latest epoch, and that began
// beside what there was before it.
func (w *world) takesTurns(t *till) bool {
	var latest, before *stream
	for i := range w.hq.streams[t.term] {
		s := &w.hq.streams[t.term][i]
		switch {
		case s.chain.n == 0:
		case latest == nil || s.tag.epoch > latest.tag.epoch:
			latest, before = s, latest
		case before == nil || s.tag.epoch > before.tag.epoch:
			before = s
		}
	}
	if before == nil || latest.chain.common(&t.chain) == t.chain.n {
		return false
	}
	root := latest.chain
	for root.n > 0 && root.rows[root.n-1].tag == latest.tag {
		root.n--
	}
	return before.chain.common(&root) < root.n
}

// handsBack tells a restored headquarters of the rights that it forgot.
func (w *world) handsBack(t *till) {
	q := &w.hq
	if !q.awaited[t.term] {
		return
	}
	q.awaited[t.term] = false
	if !w.keeps(HandedBack) {
		return
	}
	for _, h := range t.rights {
		if h.id == 0 || q.rights[h.id-1].amount > 0 {
			continue
		}
		kept := h.spent
		if !h.closed {
			kept = h.amount - h.returned
		}
		q.rights[h.id-1] = right{account: h.account, term: t.term, tag: h.tag, amount: kept, until: h.until, wanted: true}
	}
	w.makesAgain()
}

// makesAgain makes rights that were handed back, as soon as their accounts have
// the points: they may come from any terminal.
func (w *world) makesAgain() {
	for i := range w.hq.rights {
		r := &w.hq.rights[i]
		if !r.wanted || w.resolve(r.account).available < r.amount {
			continue
		}
		w.resolve(r.account).available -= r.amount
		r.wanted, r.open = false, true
		for e := uint8(1); e <= w.n; e++ {
			if w.hq.parked&(1<<e) != 0 && w.fact(e).right == uint8(i+1) {
				w.post(e, w.fact(e).tag)
			}
		}
	}
}

// learns is what a till takes from an answer: its rights.
func (w *world) learns(t *till) {
	q := &w.hq
	if q.fenced[t.term] && w.keeps(FencedForEver) {
		return
	}
	for i := range q.rights {
		r := &q.rights[i]
		if r.open && !r.part && r.term == t.term && r.tag == t.tag && t.right(uint8(i+1)) == nil {
			w.takes(t, uint8(i+1), r)
		}
	}
}

func (w *world) takes(t *till, id uint8, r *right) {
	h := t.right(0)
	*h = held{id: id, account: r.account, amount: r.rest(), until: r.until, tag: r.tag}
}

// grants answers a question for a right.
func (w *world) grants(t *till) {
	q := &w.hq
	q.heard[t.term] = w.now
	for i := range q.rights {
		if r := &q.rights[i]; r.amount > 0 && r.req == t.req && w.keeps(SameRight) {
			return
		}
	}
	if q.fenced[t.term] && w.keeps(FencedForEver) || w.waits() {
		return
	}
	a := w.resolve(t.asks)
	n := int8(1)
	if w.keeps(FromAvailable) && a.available < n {
		return
	}
	for i := range q.rights {
		if w.granted[i] == 0 {
			a.available -= n
			w.granted[i] = n
			w.excused += n * w.copies(t)
			w.givenToCopies = w.givenToCopies || q.fenced[t.term]
			q.rights[i] = right{account: t.asks, term: t.term, tag: t.tag, amount: n, until: w.now + q.offset + spendFor, open: true, req: t.req}
			return
		}
	}
}

// copies is how many machines beside this one would be given the same right:
// copies that nobody has found out.
func (w *world) copies(t *till) int8 {
	var n int8 = -1
	for i := range w.tills {
		if c := &w.tills[i]; c.up && c.term == t.term && c.tag == t.tag {
			n++
		}
	}
	return n
}

func (w *world) waits() bool {
	if !w.keeps(PlacesNothing) {
		return false
	}
	for _, awaited := range w.hq.awaited {
		if awaited {
			return true
		}
	}
	return false
}

// reclaims ends a right that fell due.
func (w *world) reclaims(r *right) {
	if w.now >= r.until+grace && w.hq.heard[r.term] < r.until {
		w.excused += r.rest() // silent past spend_until + grace
	}
	r.open = false
	w.ends(r, r.rest())
}

func (w *world) mayReclaim(r *right) bool {
	if !r.open || w.hq.unsure && w.keeps(ClockConfirmed) || w.waits() {
		return false
	}
	at := r.until
	if w.keeps(Grace) {
		at += grace
	}
	return w.now+w.hq.offset >= at
}
