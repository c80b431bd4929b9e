package model

import (
	"errors"
	"fmt"
	"slices"
)

// kept says which promise a world breaks, or nil: those that hold at every
// instant, then those that hold once everything was heard.
func (w *world) kept() error {
	if w.full {
		return nil
	}
	if err := w.always(); err != nil {
		return err
	}
	h := *w
	h.heal()
	if h.full {
		return nil
	}
	if err := h.always(); err != nil {
		return fmt.Errorf("once all was heard: %w", err)
	}
	if err := h.settled(); err != nil {
		return fmt.Errorf("once all was heard: %w", err)
	}
	return nil
}

// always is what holds at every instant.
func (w *world) always() error {
	for i := range w.hq.accounts {
		a := &w.hq.accounts[i]
		if a.available < 0 || a.owed < 0 {
			return fmt.Errorf("account %d has %d and owes %d", i, a.available, a.owed)
		}
		if a.available > 0 && a.owed > 0 {
			return fmt.Errorf("account %d has %d while it owes %d", i, a.available, a.owed)
		}
	}
	if w.hq.loss > w.excused {
		return fmt.Errorf("a loss of %d, of which %d are excused", w.hq.loss, w.excused)
	}
	if n := w.spentBeyond(); n > w.excused {
		return fmt.Errorf("%d spent beyond their rights, of which %d are excused", n, w.excused)
	}
	if !w.copied && slices.Contains(w.hq.fenced[:], true) {
		return errors.New("a terminal is fenced that nobody copied")
	}
	if w.givenToCopies {
		return errors.New("a right for a terminal that is known to be copied")
	}
	if e := w.oneQuestionTwoRights(); e != 0 {
		return fmt.Errorf("question %d was given two rights", e)
	}
	return w.toldIsKept()
}

func (w *world) spentBeyond() int8 {
	var spent [maxRights + 2]int8
	for _, f := range w.facts[:w.n] {
		if f.kind == sale {
			spent[w.whole(f.right)] += f.amount
		}
	}
	beyond := spent[maxRights+1]
	for i, n := range w.granted {
		beyond += max(0, spent[i+1]-n)
	}
	return beyond
}

func (w *world) oneQuestionTwoRights() uint8 {
	for i := range w.hq.rights {
		for j := range i {
			if a, b := &w.hq.rights[i], &w.hq.rights[j]; a.req != 0 && a.req == b.req {
				return a.req
			}
		}
	}
	return 0
}

// toldIsKept: what was told is in a journal, where it can still be sent, or at
// headquarters.
func (w *world) toldIsKept() error {
	for e := uint8(1); e <= w.n; e++ {
		if !w.fact(e).gone && !w.inJournal(e) && !w.atHeadquarters(e) {
			return fmt.Errorf("entry %d was told and is nowhere", e)
		}
	}
	return nil
}

func (w *world) inJournal(entry uint8) bool {
	for i := range w.tills {
		t := &w.tills[i]
		if !t.up {
			continue
		}
		for j := t.pruned; j < t.chain.n; j++ {
			if t.chain.rows[j].entry == entry {
				return true
			}
		}
	}
	return false
}

func (w *world) atHeadquarters(entry uint8) bool {
	for term := range w.hq.streams {
		for i := range w.hq.streams[term] {
			if w.hq.streams[term][i].chain.has(entry) {
				return true
			}
		}
	}
	return false
}

// forget notes what a fault of a till's machine may lose: what only it had.
func (w *world) forget() {
	for e := uint8(1); e <= w.n; e++ {
		if !w.inJournal(e) && !w.atHeadquarters(e) {
			w.fact(e).gone = true
		}
	}
}

// forgetAtHeadquarters notes what a restored headquarters may lose: what only
// machines had that are lost, too.
func (w *world) forgetAtHeadquarters() {
	for e := uint8(1); e <= w.n; e++ {
		f := w.fact(e)
		if w.atHeadquarters(e) || w.inJournal(e) {
			continue
		}
		lost := true
		for i := range w.tills {
			if w.tills[i].up && w.tills[i].term == f.term && w.tills[i].chain.has(e) {
				lost = false
			}
		}
		f.gone = f.gone || lost
	}
}

// heal lets everything be heard: every till that runs, every transfer.
func (w *world) heal() {
	w.hq.offset, w.hq.unsure = 0, false
	for range maxTills + 2 {
		for i := range w.tills {
			t := &w.tills[i]
			if !t.up {
				continue
			}
			if t.inc != w.hq.inc {
				w.asksHello(t)
			}
			if t.acked < t.chain.n {
				w.sends(t, true)
			}
		}
	}
	for i := range w.hq.transfers {
		if t := &w.hq.transfers[i]; t.amount > 0 && !t.done {
			w.arrive(t, false)
		}
	}
	for i := range w.hq.rights {
		w.makesShort(&w.hq.rights[i])
	}
}

// makesShort makes a right of what there is, when no points can come any more.
// What entries would bring that wait for this very right is a loss that a
// restored headquarters may have.
func (w *world) makesShort(r *right) {
	if !r.wanted {
		return
	}
	for e := uint8(1); e <= w.n; e++ {
		if w.hq.parked&(1<<e) != 0 && w.fact(e).kind == sale && w.fact(e).key > 0 {
			w.excused++
		}
	}
	r.amount = w.resolve(r.account).available
	w.makesAgain()
}

// settled is what holds once everything was heard.
func (w *world) settled() error {
	for e := uint8(1); e <= w.n; e++ {
		f := w.fact(e)
		waits := f.kind == back && w.hq.keys[f.key-1].entry == 0
		if !f.gone && !waits && w.hq.posted&(1<<e) == 0 {
			return fmt.Errorf("entry %d was never posted", e)
		}
	}
	for i := range w.hq.accounts {
		a := &w.hq.accounts[i]
		if a.into > 0 && (a.available != 0 || a.owed != 0) {
			return fmt.Errorf("account %d is a forward and has %d, owes %d", i, a.available, a.owed)
		}
	}
	if err := w.turnsEnd(); err != nil {
		return err
	}
	return w.addsUp()
}

// turns is how often two machines under one id may each say hello, write and send,
// one after the other, before they are found out.
const turns = 2

// turnsEnd: two machines under one id that both write, and say hello before they
// send, are found out.
func (w *world) turnsEnd() error {
	for i := range w.tills {
		for j := range i {
			a, b := &w.tills[i], &w.tills[j]
			if a.up && b.up && a.term == b.term && !w.hq.fenced[a.term] && w.goesOnFor(i, j) {
				return fmt.Errorf("tills %d and %d are one terminal, and take turns for ever", j, i)
			}
		}
	}
	return nil
}

// goesOnFor lets two machines take turns, and says whether nobody knows then.
func (w *world) goesOnFor(one, other int) bool {
	h := *w
	for range turns {
		for _, i := range []int{one, other} {
			t := &h.tills[i]
			if h.n == maxFacts || t.chain.n == maxRows {
				return false // the model's own lists end it
			}
			h.asksHello(t)
			h.write(t, fact{}) // that it wrote is all that counts
			h.sends(t, true)
			if h.hq.fenced[t.term] || h.full {
				return false
			}
		}
	}
	return true
}

// addsUp holds the accounts against the facts: what was told, each once.
func (w *world) addsUp() error {
	var want, have [maxAccounts]int8
	for i := range w.start {
		want[w.root(int8(i))] += w.start[i]
	}
	for e := uint8(1); e <= w.n; e++ {
		if f := w.fact(e); w.hq.posted&(1<<e) != 0 && f.kind == sale {
			want[w.root(max(f.account, 0))] -= f.amount
		}
	}
	for key := range w.hq.keys {
		w.addSale(uint8(key), &want)
	}
	for i := range w.hq.accounts {
		have[w.root(int8(i))] += w.hq.accounts[i].available - w.hq.accounts[i].owed
	}
	for i := range w.hq.rights {
		if r := &w.hq.rights[i]; r.open {
			have[w.root(r.account)] += r.rest()
		}
	}
	if w.hq.loss != 0 {
		// Whose the loss is the facts do not tell: the sum has to do.
		want = [maxAccounts]int8{want[0] + want[1] + w.hq.loss}
		have = [maxAccounts]int8{have[0] + have[1]}
	}
	if want != have {
		return fmt.Errorf("accounts have %v and the facts add up to %v", have, want)
	}
	return nil
}

func (w *world) root(a int8) int8 {
	if into := w.hq.accounts[a].into; into > 0 {
		return int8(into) - 1
	}
	return a
}

// addSale adds what a sale's key earned and what came back of it, once.
func (w *world) addSale(key uint8, want *[maxAccounts]int8) {
	k := &w.hq.keys[key]
	if k.entry == 0 {
		return
	}
	first := w.fact(k.entry)
	owner := first.account
	var came, claimed bool
	for e := uint8(1); e <= w.n; e++ {
		f := w.fact(e)
		if w.hq.posted&(1<<e) == 0 || f.key != key+1 {
			continue
		}
		came = came || f.kind == back
		claimed = claimed || f.kind == claim
	}
	if owner == nobody && claimed {
		owner = k.owner
	}
	if owner == nobody {
		return
	}
	if !first.held && !came {
		want[w.root(owner)]++
	}
	if came {
		want[w.root(max(first.account, 0))] += first.amount
	}
}
