package simulate

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// build makes the world as it begins.
func (w *world) build() {
	var err error
	w.hq, err = w.newHeadquarters()
	w.expect("make headquarters", err)
	w.hq.boot()
	if w.Template.hub != nil {
		w.hub, err = w.newHub()
		w.expect("make the hub", err)
		w.hub.boot()
		w.in(w.between(0, 5*time.Second), w.hub.talk)
		w.in(w.between(0, time.Minute), w.hub.pass)
	}
	for i := range w.Tills {
		t, err := w.newTill(i)
		w.expect("make a till", err)
		w.add(t)
	}
	for range w.Members {
		w.members = append(w.members, w.newMember())
	}
	w.in(w.between(5*time.Second, time.Minute), w.trouble)
}

// add lets a till work.
func (w *world) add(t *till) {
	w.tills = append(w.tills, t)
	t.boot()
	w.in(w.between(0, 5*time.Second), t.talk)
	w.in(w.between(0, 20*time.Second), t.visit)
	if t.near != nil {
		w.in(w.between(0, 20*time.Second), t.meet)
	}
}

// trouble is one fault after another, drawn by the mix.
func (w *world) trouble() {
	w.in(w.between(2*time.Second, 40*time.Second), w.trouble)
	faults := []struct {
		weight int
		do     func()
	}{
		{w.Kills, func() { w.anyTerminal().kill() }},
		{w.Cuts, func() { w.anyTerminal().cut() }},
		{w.DiskFaults, func() { w.anyTerminal().fail() }},
		{w.HQKills, w.hq.kill},
		{w.HQCuts, w.hq.cut},
		{w.HQFaults, w.hq.fail},
		{w.Partitions, func() { w.part(w.anyTerminal(), w.between(time.Minute, time.Hour)) }},
		{w.Clocks, func() { w.any().jump() }},
		{w.Nights, func() { w.night(1 + w.random.IntN(3)) }},
		{w.Silences, w.silence},
		{w.Clones, w.clone},
		{w.PutBack, w.putBack},
		{w.Lost, w.lose},
		{w.HQRestores, w.saveOrRestore},
		{w.Erasures, w.erase},
		{w.Months, w.month},
		{w.Outages, w.outage},
		{w.HubCuts, w.cutHub},
		{w.HubsLost, w.loseHub},
	}
	sum := 1 // once in a while nothing happens
	for _, f := range faults {
		sum += f.weight
	}
	drawn := w.random.IntN(sum)
	for _, f := range faults {
		if drawn < f.weight {
			f.do()
			return
		}
		drawn -= f.weight
	}
}

func (w *world) any() *till { return w.tills[w.random.IntN(len(w.tills))] }

// anyTerminal is a till or the hub.
func (w *world) anyTerminal() *till {
	all := w.terminals()
	return all[w.random.IntN(len(all))]
}

// dear is the till that could spend most, or any: what costs something is to
// happen where it does.
func (w *world) dear() *till {
	found, most := w.any(), ledger.Points(0)
	for _, t := range w.tills {
		if rest := t.openRights(); rest > most {
			found, most = t, rest
		}
	}
	return found
}

// openRights is what a till may spend; 0 where it cannot be asked.
func (t *till) openRights() (sum ledger.Points) {
	if !t.up || t.faulty {
		return 0
	}
	status, err := t.store.Status(ctx)
	if err != nil {
		return 0
	}
	for _, of := range status.OpenRights {
		sum += of.Rest
	}
	return sum
}

// part cuts a till off headquarters for a while.
func (w *world) part(t *till, d time.Duration) {
	t.network.cut = true
	w.note("%s is cut off for %s", t.name, d)
	w.in(d, func() { t.network.cut = false })
}

// jump sets a till's clock wrong.
func (t *till) jump() {
	t.skew = t.between(-50*time.Hour, 50*time.Hour)
	t.note("the clock of %s is off by %s", t.name, t.skew)
}

// night is hours in which nobody buys, and headquarters works on.
func (w *world) night(halfDays int) {
	w.note("%d times twelve hours pass", halfDays)
	for range halfDays {
		w.at = w.at.Add(12 * time.Hour)
		w.countSilent()
		if w.hq.up {
			w.hq.tend()
		}
		if w.hq.disk.Stopped() {
			return
		}
	}
}

// silentMost is how long a till may be silent before what it spent may come too
// late, whatever right it is of.
const silentMost = 7 * 24 * time.Hour

func (w *world) countSilent() {
	for _, t := range w.terminals() {
		if t.gone || w.at.Sub(t.heard) <= silentMost {
			continue
		}
		t.heard = w.at
		if w.incidents++; w.hub != nil && t == w.hub.till {
			w.incidents += len(w.tills) // it may hold what all its lanes may
		}
	}
}

// saveOrRestore backs headquarters up, or puts the last backup in its place.
func (w *world) saveOrRestore() {
	if w.hq.backup == "" || w.chance(50) {
		w.hq.save()
		return
	}
	w.hq.restore()
}
