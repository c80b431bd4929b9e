package model

import (
	"fmt"
	"hash/maphash"
	"strings"
)

// Scope is a part of the world small enough to be explored whole.
type Scope struct {
	Name  string
	Home  []Rule
	begin func(without Rule) instant
}

// instant is a world as it stands.
type instant interface {
	kept() error // the promise that it breaks
	follow(yield func(step, instant))
	hash(maphash.Seed) uint64 // of all that it is
}

// Found is what exploring a scope came to.
type Found struct {
	States int
	Broken error    // the promise that the counterexample breaks; nil where all hold
	Steps  []string // the shortest way there
}

// seen is how a state was first reached.
type seen struct {
	from int32
	by   step
}

// Explore looks at every state of a scope, breadth first, without the rules
// that are left out, and stops at the first that breaks a promise or at the
// limit of states (0 for none), which is an error.
func Explore(scope Scope, without Rule, limit int) (Found, error) {
	e := explorer{known: make(map[uint64]struct{}), seed: maphash.MakeSeed()}
	first := scope.begin(without)
	e.add(first, seen{from: -1})
	level := []instant{first}
	base := 0
	for len(level) > 0 {
		var deeper []instant
		for i, w := range level {
			at := int32(base + i)
			if err := w.kept(); err != nil {
				return Found{States: len(e.way), Broken: err, Steps: e.steps(at)}, nil
			}
			w.follow(func(by step, c instant) {
				if e.add(c, seen{at, by}) {
					deeper = append(deeper, c)
				}
			})
			if limit > 0 && len(e.way) > limit {
				return Found{}, fmt.Errorf("explore %s: more than %d states", scope.Name, limit)
			}
		}
		base += len(level)
		level = deeper
	}
	return Found{States: len(e.way)}, nil
}

type explorer struct {
	seed  maphash.Seed
	known map[uint64]struct{} // by hash: two of a million states are taken for one at odds of 1 to 30 million
	way   []seen
}

func (e *explorer) add(w instant, s seen) bool {
	h := w.hash(e.seed)
	if _, ok := e.known[h]; ok {
		return false
	}
	e.known[h] = struct{}{}
	e.way = append(e.way, s)
	return true
}

func (e *explorer) steps(at int32) []string {
	var steps []string
	for ; e.way[at].from >= 0; at = e.way[at].from {
		steps = append(steps, e.way[at].by.String())
	}
	for i, j := 0, len(steps)-1; i < j; i, j = i+1, j-1 {
		steps[i], steps[j] = steps[j], steps[i]
	}
	return steps
}

func (s step) String() string {
	var b strings.Builder
	if s.till >= 0 {
		fmt.Fprintf(&b, "till %d ", s.till)
	}
	b.WriteString(s.what)
	if s.of != none {
		fmt.Fprintf(&b, " %d", s.of)
	}
	return b.String()
}
