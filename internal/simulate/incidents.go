package simulate

import "time"

// silence cuts a till off until what it could spend is taken back, while it
// goes on selling.
func (w *world) silence() {
	t := w.dear()
	w.incidents++
	t.cutOff(true)
	policy := w.program.Offline()
	w.note("%s is silent beyond the grace", t.name)
	w.in(w.between(20*time.Second, 3*time.Minute), func() {
		w.night(int((policy.SpendFor+policy.Grace)/(12*time.Hour)) + 2)
		w.in(w.between(time.Minute, 5*time.Minute), func() { t.cutOff(false) })
	})
}

// cutOff takes all ways to headquarters from a till, or gives them back.
func (t *till) cutOff(gone bool) {
	t.network.cut = gone
	if t.near != nil {
		t.near.network.cut = gone
	}
}

// clone is another machine with a copy of a till's disk.
func (w *world) clone() {
	from := w.dear()
	if !from.up || from.faulty || from.gone || len(w.tills) > mostTills {
		return
	}
	disk, err := from.disk.Copy(w.folder(), w.random.Uint64())
	w.expect("clone", err)
	w.incidents++
	t := &till{enrolled: from.enrolled, told: append(from.told[:0:0], from.told...), skew: from.skew, made: from.made}
	t.become(w, from.name+"'s clone", disk)
	t.copied, from.copied = true, true
	w.note("%s is cloned", from.name)
	w.add(t)
}

// putBack makes an image of a till's disk, or puts the last one back, mark and
// all.
func (w *world) putBack() {
	t := w.dear()
	if !t.up || t.faulty || t.gone {
		return
	}
	if t.old == nil {
		disk, err := t.disk.Copy(w.folder(), w.random.Uint64())
		w.expect("make an image", err)
		t.old = &old{disk: disk, told: len(t.told), made: t.made}
		w.note("%s has an image made", t.name)
		return
	}
	w.incidents++
	t.leave()
	t.up = false
	t.disk.Stop()
	t.stop()
	t.forget(t.disk)
	t.disk, t.told, t.made = t.old.disk, t.told[:t.old.told:t.old.told], t.old.made
	t.old, t.asked, t.sold = nil, nil, nil
	w.note("%s has its image put back", t.name)
	t.boot()
}

// lose is a machine that never comes back.
func (w *world) lose() {
	t := w.dear()
	if !t.up || t.faulty || w.alive() < 2 {
		return
	}
	w.incidents++
	t.leave()
	t.disk.Stop()
	t.stop()
	t.up, t.gone, t.told = false, true, nil
	w.note("%s is lost", t.name)
}

func (w *world) alive() (n int) {
	for _, t := range w.tills {
		if !t.gone {
			n++
		}
	}
	return n
}

// leave notes what headquarters alone must have of a till's told entries from
// now on: what it acknowledged.
func (t *till) leave() {
	for _, hash := range t.told {
		if t.hq.acked[hash] > 0 {
			t.must[hash] = true
		}
	}
}
