package loyalty

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// InForce returns the version that holds on a day: the highest one that has
// taken effect, so that a version replaces all below it, also those that were
// to begin later. Before any has, it is the lowest; of none it is nil.
func InForce(versions []*Program, day ledger.Date) *Program {
	var first, found *Program
	for _, p := range versions {
		if first == nil || p.ref.Version < first.ref.Version {
			first = p
		}
		if p.effective <= day && (found == nil || p.ref.Version > found.ref.Version) {
			found = p
		}
	}
	return cmp.Or(found, first)
}

// Coming returns the version that replaces the one in force on a day next, or
// nil.
func Coming(versions []*Program, day ledger.Date) *Program {
	current := InForce(versions, day)
	var next *Program
	for _, p := range versions {
		switch {
		case p.effective <= day || p.ref.Version <= current.ref.Version:
		case next == nil || p.effective < next.effective,
			p.effective == next.effective && p.ref.Version > next.ref.Version:
			next = p
		}
	}
	return next
}

// Versions are the versions of a program that a till holds, and which of them
// is in force at an instant in its store. Reading costs a comparison and takes
// no lock; its methods may be called from any goroutine.
type Versions struct {
	zone  *time.Location
	held  atomic.Pointer[[]reign]
	shelf atomic.Pointer[shelf]
}

// reign is from when on a version is in force, until the next one is.
type reign struct {
	from ledger.Millis
	told ledger.Millis // from when on members are told of it; 0 where nothing changes for them
	*Program
}

// NewVersions returns the versions of a program in a store whose days begin in
// a zone. There is at least one.
func NewVersions(zone *time.Location, versions ...*Program) *Versions {
	v := &Versions{zone: zone}
	v.Hold(versions...)
	v.Keep(nil)
	return v
}

// Hold makes these the versions, at least one, all of one program.
func (v *Versions) Hold(versions ...*Program) {
	days := make([]ledger.Date, len(versions))
	for i, p := range versions {
		days[i] = p.effective
	}
	slices.Sort(days)
	reigns := []reign{{Program: InForce(versions, "")}}
	for _, day := range slices.Compact(days) {
		p := InForce(versions, day)
		if last := &reigns[len(reigns)-1]; last.Program != p {
			reigns = append(reigns, reign{midnight(day, v.zone), v.told(last.Program, p), p})
		}
	}
	v.held.Store(&reigns)
}

// told is from when on members are told that one version replaces another.
func (v *Versions) told(old, new *Program) ledger.Millis {
	members := func(c Change) bool { return c.Audience == ForMembers }
	if d, err := Diff(old, new); err == nil && !slices.ContainsFunc(d.Changes, members) {
		return 0
	}
	return midnight(new.announced, v.zone)
}

// At returns the version in force at an instant.
func (v *Versions) At(at time.Time) *Program {
	reigns, now := *v.held.Load(), at.UnixMilli()
	last := len(reigns) - 1
	for last > 0 && int64(reigns[last].from) > now {
		last--
	}
	return reigns[last].Program
}

// Of returns the version that an entry names, also one that was kept; where it is
// neither held nor kept, or none is named, the one in force at the entry's time.
func (v *Versions) Of(e *ledger.Entry) *Program {
	if e.Program == nil {
		return v.At(e.At.Time())
	}
	for _, r := range *v.held.Load() {
		if r.ref == *e.Program {
			return r.Program
		}
	}
	if p := v.shelf.Load().take(*e.Program); p != nil {
		return p
	}
	return v.At(e.At.Time())
}

// Next returns the version that comes into force next after an instant, or
// nil.
func (v *Versions) Next(at time.Time) *Program {
	for _, r := range *v.held.Load() {
		if int64(r.from) > at.UnixMilli() {
			return r.Program
		}
	}
	return nil
}

// Remembers reports whether any of the versions asks something of a member
// beside her units, as Program.Remembers does.
func (v *Versions) Remembers() bool {
	return slices.ContainsFunc(*v.held.Load(), func(r reign) bool { return r.Remembers() })
}

// Memory is Program.Memory of all versions, each entry under its own; nil where
// none of those held now remembers anything. An entry under another program is
// no part of it.
func (v *Versions) Memory() func(State, []Recalled) State {
	if !v.Remembers() {
		return nil
	}
	return func(s State, own []Recalled) State {
		program := v.At(time.Time{}).ref.ID
		for _, r := range own {
			if r.Entry.Program != nil && r.Entry.Program.ID != program {
				continue
			}
			s = v.Of(r.Entry).recall(s, []Recalled{r}, v.zone)
		}
		return s
	}
}

// Announced returns the version that comes into force next after an instant if
// members are told of it by then, or nil.
func (v *Versions) Announced(at time.Time) *Program {
	now := ledger.MillisOf(at)
	for _, r := range *v.held.Load() {
		if r.from > now {
			if r.told == 0 || r.told > now {
				return nil
			}
			return r.Program
		}
	}
	return nil
}
