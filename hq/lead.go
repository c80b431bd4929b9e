package hq

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Several processes may serve one PostgreSQL database. All of them answer
// terminals; one at a time works (Work, and what else takes a turn). What each
// keeps in memory of the database the others learn by looking.

// glance is how often a process looks at what the others changed.
const glance = 500 * time.Millisecond

// ErrRestored says that the database was put back from a backup under a running
// headquarters: it has to start anew, in the incarnation that the restore began.
var ErrRestored = errors.New("the database was restored from a backup meanwhile: start headquarters again")

func (h *Headquarters) leads() bool { return h.lead == nil || h.lead.Term() != 0 }

// inTerm is where a context has the term of the lead that a round works in.
type inTerm struct{}

// turn begins a round of work, which no other round of this process or another
// runs beside, and returns its context and what ends it. Another process that has the
// lead gives it up for this.
func (h *Headquarters) turn(ctx context.Context) (round context.Context, end func(), err error) {
	h.round.Lock()
	if h.lead == nil {
		return ctx, h.round.Unlock, nil
	}
	term, err := h.lead.Take(ctx)
	if err != nil {
		h.round.Unlock()
		return nil, nil, err
	}
	if term != h.term { // others worked since
		h.term, h.retried, h.pass, h.entered = term, false, nil, map[string]ledger.ProgramRef{}
		h.stuck, h.undone, h.orphans, h.replicated = map[ledger.EntryID]bool{}, [lists]int{}, orphans{}, replica{}
		h.untold.Store(true)
		h.caughtUp, h.daysTold, h.leftWiped = false, 0, 0
	}
	return context.WithValue(ctx, inTerm{}, term), h.round.Unlock, nil
}

// shared is what a process keeps in memory and others may change.
type shared struct {
	incarnation ledger.Incarnation
	mark        ledger.Millis
	published   published
	position    int64 // of all feeds together
}

// published changes with whatever readPrograms reads.
type published struct {
	versions, last, chain, stops int64
	stores                       string // with the program and time zone of each
}

func readShared(tx *database.Tx) (s shared, err error) {
	p := &s.published
	err = tx.QueryRow(`
		SELECT c.incarnation, c.clock_mark_ms, (SELECT coalesce(sum(position), 0) FROM store),
		       (SELECT count(*) FROM program_version), (SELECT coalesce(max(n), 0) FROM program_version),
		       (SELECT coalesce(sum(n), 0) FROM chain_program), (SELECT count(*) FROM rule_stop)
		FROM chain c`).Scan(&s.incarnation, &s.mark, &s.position, &p.versions, &p.last, &p.chain, &p.stops)
	if err != nil {
		return s, err
	}
	stores, err := publication.ReadStores(tx)
	for _, at := range stores {
		p.stores += string(at.Store) + " " + at.Program + " " + at.Zone.String() + "\n"
	}
	return s, err
}

// follow keeps up with the other processes until the context ends. That it
// cannot is told once, until it can again.
func (h *Headquarters) follow(ctx context.Context, failed func(error)) error {
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	var seen shared
	well := true
	for {
		err := h.lead.Step(ctx)
		if err == nil {
			seen, err = h.keepUp(ctx, seen)
		}
		switch {
		case errors.Is(err, ErrRestored), errors.As(err, new(*keyring.FileError)):
			return err
		case err != nil && well && ctx.Err() == nil && failed != nil:
			failed(err)
		}
		well = err == nil
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// keepUp takes over what changed since it was seen, and wakes who waits for it.
func (h *Headquarters) keepUp(ctx context.Context, seen shared) (now shared, err error) {
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		now, err = readShared(tx)
		return err
	})
	if err != nil {
		return seen, err
	}
	if now.incarnation != h.chain.incarnation {
		return seen, ErrRestored
	}
	h.mark.Store(int64(now.mark))
	if err := h.followKeys(ctx); err != nil {
		return seen, err
	}
	if now.published != seen.published {
		if err := h.programsChanged(ctx); err != nil {
			return seen, err
		}
	}
	if now.position != seen.position {
		h.fed.raise()
	}
	if h.leads() {
		h.intake.raise() // others may have taken something in
	}
	return now, nil
}
