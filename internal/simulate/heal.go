package simulate

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
)

// rounds bounds how long a healed world may take until everybody knows
// everything; each is a minute.
const rounds = 30

// waitedFor is after how many rounds a restored headquarters waits no longer for
// tills that are gone.
const waitedFor = 5

// heal ends all faults and wants everything to be well in bounded time.
func (w *world) heal() error { return w.guard(w.wellAgain) }

func (w *world) wellAgain() {
	w.note("everything heals")
	w.healing = true
	w.events = agenda{}
	w.endFaults(&w.hq.machine)
	for _, t := range w.terminals() {
		t.endFaults(&t.machine)
		t.skew, t.greeted = 0, false
		t.cutOff(false)
	}
	for round := range rounds {
		if round == waitedFor {
			w.goOn()
		}
		w.at = w.at.Add(time.Minute)
		powercut.Tell(w.at)
		if w.settle() {
			w.check()
			return
		}
	}
	w.violate("not settled after %d minutes: %s", rounds, w.unsettled())
}

// goOn is an operator's word to a restored headquarters, once all tills that
// there are were heard.
func (w *world) goOn() {
	recovery, err := w.hq.Recovery(ctx)
	w.expect("read recovery", err)
	if recovery.WaitsUntil > 0 {
		w.note("headquarters waits no longer for %d tills", len(recovery.Awaited))
		w.expect("go on", w.hq.GoOn(ctx))
	}
}

// endFaults repairs a machine and has it up.
func (w *world) endFaults(m *machine) {
	if m.gone {
		return
	}
	m.repair()
	if m.disk.Stopped() && m.up {
		m.up = false
		m.stop()
	}
	if m.up {
		m.disk.StopNever()
		return
	}
	if m.disk.Stopped() {
		m.down()
	}
	m.boot()
}

// settle lets everybody talk once; true when nothing was left to say.
func (w *world) settle() bool {
	quiet := true
	w.eraseAll()
	for _, t := range w.terminals() {
		if t.gone {
			continue
		}
		w.expect("be healthy", t.store.Healthy())
		if t.asked != nil && t.up {
			t.serve()
			quiet = false
		}
		err := t.converse()
		if err != nil {
			t.greeted = false
			t.note("%s: %v", t.name, err)
		}
		quiet = quiet && err == nil && (t.asked == nil)
	}
	quiet = w.settleHub() && quiet
	w.hq.tend()
	return quiet && w.unsettled() == ""
}

// settleHub lets lanes and hub talk; true when nothing was left to say.
func (w *world) settleHub() (quiet bool) {
	if w.hub == nil || w.hub.gone {
		return true
	}
	w.hub.relay()
	quiet = true
	for _, t := range w.tills {
		if t.gone || t.fenced {
			continue
		}
		err := t.chat()
		if t.near.reached = err == nil; err != nil {
			w.note("%s and the hub: %v", t.name, err)
			quiet = false
		}
	}
	return quiet
}

// unsettled says what is still on its way; "" is nothing.
func (w *world) unsettled() string {
	for _, t := range w.terminals() {
		if t.gone {
			continue
		}
		status, err := t.store.Status(ctx)
		w.expect("read status", err)
		if status.Unsent > 0 {
			return t.name + " has entries to send"
		}
	}
	recovery, err := w.hq.Recovery(ctx)
	w.expect("read recovery", err)
	if recovery.WaitsUntil > 0 {
		return fmt.Sprintf("headquarters waits for %d tills", len(recovery.Awaited))
	}
	if what := w.unerased(); what != "" {
		return what
	}
	return w.differs()
}
