package offline

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// groupMost is how many entries share a transaction; fewer than may be written
// between two marks.
const groupMost = 64

var errInterrupted = errors.New("append: interrupted before it was written")

// appending is one call of Append.
type appending struct {
	ctx    context.Context
	record ledger.Record
	err    error     // the answer
	woken  chan bool // of one who waits: true to lead the next group, false for the answer
}

// group lets entries that wait for each other share a transaction. The first
// who comes leads: she writes, and with her all who came while she waited for
// the one before. Whoever comes alone leads at once, in her own goroutine.
type group struct {
	mu      sync.Mutex
	waiting []*appending // the leader first
	led     bool
	several bool // wrote the last time
}

// join reports whether a leads; if not, it is woken.
func (g *group) join(a *appending) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, a)
	if !g.led {
		g.led = true
		return true
	}
	a.woken = make(chan bool, 1)
	return false
}

// take gives those who are written now. Those of a group are answered at once, and
// are back at once: whoever is the first lets the others come, who would else wait
// until she alone is on disk.
func (g *group) take() []*appending {
	g.mu.Lock()
	defer g.mu.Unlock()
	for came := 0; g.several && came < len(g.waiting) && came < groupMost; {
		came = len(g.waiting)
		g.mu.Unlock()
		runtime.Gosched()
		g.mu.Lock()
	}
	n := min(len(g.waiting), groupMost)
	taken := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	g.several = n > 1
	return taken
}

// pass answers those who were written with the leader, and lets the next lead.
func (g *group) pass(written []*appending) {
	for _, a := range written {
		if a.woken != nil {
			a.woken <- false
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) > 0 {
		g.waiting[0].woken <- true
		return
	}
	g.led, g.waiting = false, nil
}

// together writes a as soon as the writer is free, with all who wait by then.
func (s *Store) together(a *appending) error {
	if !s.group.join(a) && !<-a.woken {
		return a.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.group.take()
	defer func() { s.group.pass(taken[1:]) }()
	if len(taken) == 1 {
		a.err = s.write(a.ctx, func(p *pen) error { return p.append(a.record) })
	} else {
		s.writeTogether(taken)
	}
	s.answer(taken)
	return a.err
}

// errRefused says that an entry of a group was refused, and nothing written.
var errRefused = errors.New("append: one of a group was refused")

// writeTogether writes several entries in one transaction. Each is taken or
// refused by itself; an error of the whole is everyone's. Undoing one alone
// costs all of them a savepoint, so that is done once one was refused.
func (s *Store) writeTogether(group []*appending) {
	refused := make([]error, len(group))
	write := func(put func(*pen, ledger.Record) (refused, err error)) error {
		return s.write(context.WithoutCancel(group[0].ctx), func(p *pen) (err error) {
			for i, a := range group {
				if refused[i] = a.ctx.Err(); refused[i] != nil {
					continue // nobody waits for it
				}
				if refused[i], err = put(p, a.record); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := write((*pen).appendOrEnd)
	if errors.Is(err, errRefused) {
		err = write((*pen).appendAmong)
	}
	for i, a := range group {
		if a.err = refused[i]; err != nil {
			a.err = err
		}
	}
}

// appendOrEnd is append of one among others, who have to begin again where it
// is refused.
func (p *pen) appendOrEnd(r ledger.Record) (refused, err error) {
	if err = p.append(r); err != nil && !errors.Is(err, sqlitedb.ErrStorage) {
		err = errRefused
	}
	return nil, err
}

// appendAmong is append of one among others, which leaves nothing behind where
// it is refused. err ends the transaction for all.
func (p *pen) appendAmong(r ledger.Record) (refused, err error) {
	before := *p
	if refused, err = p.tx.Attempt(func() error { return p.append(r) }); refused != nil {
		*p = before
	}
	return refused, err
}

// answer finds out why the refused were refused, and writes the mark where it
// is due before anyone is told.
func (s *Store) answer(group []*appending) {
	spent := false
	for _, a := range group {
		if a.err != nil && !errors.Is(a.err, sqlitedb.ErrStorage) {
			a.err = s.conflict(a.ctx, a.record, a.err)
		}
		spent = spent || a.err == nil && spends(a.record.Entry)
	}
	err := s.markAfter(spent)
	for _, a := range group {
		if a.err == nil && spends(a.record.Entry) {
			a.err = err
		}
	}
}
