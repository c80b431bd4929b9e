package hq

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A version is published once, and holds from the day it says: members and
// tills were told before. What is wrong with it is found here, so that no till
// ever has to.

// NotPublishable says why a program, right as it is, cannot follow what the
// chain has. A file that is wrong in itself is what loyalty.Load says.
type NotPublishable struct{ Reason string }

func (e *NotPublishable) Error() string { return e.Reason }

func refused(format string, args ...any) error { return &NotPublishable{fmt.Sprintf(format, args...)} }

// Publish takes in the next version of the chain's program and tells it to
// every store. name is the file that errors tell. Its errors are
// *NotPublishable, and what loyalty.Load finds. Publishing the same bytes again
// is no error and changes nothing.
func (h *Headquarters) Publish(ctx context.Context, source []byte, name string) error {
	p, err := loyalty.Load(source, name)
	if err != nil {
		return err
	}
	if err := h.publish(ctx, p); err != nil {
		return fmt.Errorf("publish %s: %w", name, err)
	}
	return nil
}

func (h *Headquarters) publish(ctx context.Context, p *loyalty.Program) error {
	stands := false
	err := h.update(ctx, func(tx *sqlitedb.Tx) error {
		chain, err := h.readChainProgram(tx)
		if err != nil {
			return err
		}
		if stands = chain.has(p.Ref()); stands {
			return nil
		}
		if err := chain.judge(p, h.now()); err != nil {
			return err
		}
		return h.insertProgram(tx, p)
	})
	if err != nil || stands {
		return err
	}
	return h.programsChanged(ctx)
}

// Preview says what Publish would make of a program, and what it changes for
// members; the difference is zero where it is the chain's first.
func (h *Headquarters) Preview(ctx context.Context, source []byte, name string) (d loyalty.Difference, err error) {
	p, err := loyalty.Load(source, name)
	if err != nil {
		return d, err
	}
	err = h.view(ctx, func(tx *sqlitedb.Tx) error {
		chain, err := h.readChainProgram(tx)
		if err != nil || chain.has(p.Ref()) {
			return err
		}
		old := chain.before(p)
		if err := chain.judge(p, h.now()); err != nil || chain.fresh || old == nil {
			return err
		}
		d, err = loyalty.Diff(old, p)
		return err
	})
	if err != nil {
		err = fmt.Errorf("publish %s: %w", name, err)
	}
	return d, err
}

// begin publishes a chain's first program where there is none yet.
func (h *Headquarters) begin(ctx context.Context, first *loyalty.Program) error {
	if first == nil {
		return nil
	}
	return h.update(ctx, func(tx *sqlitedb.Tx) error {
		published, err := readPublished(tx)
		if err != nil || len(published) > 0 {
			return err
		}
		return h.insertProgram(tx, first)
	})
}

func (h *Headquarters) insertProgram(tx *sqlitedb.Tx, p *loyalty.Program) error {
	ref := p.Ref()
	_, err := tx.Exec(`
		INSERT INTO program_version (program, version, source, hash, signature, announced, effective, published_at_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		ref.ID, ref.Version, p.Source(), ref.Hash, ledger.Sign(h.keys.private(), ledger.ProgramDomain, p.Source()),
		p.Announced(), p.Effective(), ledger.MillisOf(h.now()))
	if err != nil {
		return fmt.Errorf("keep program: %w", err)
	}
	return nil
}

// programsChanged takes over what was published or stopped, and lets it be told
// to the stores.
func (h *Headquarters) programsChanged(ctx context.Context) error {
	if err := h.readPrograms(ctx); err != nil {
		return err
	}
	h.untold.Store(true)
	h.intake.raise() // there is work
	return nil
}

// chainProgram is what a new version has to follow.
type chainProgram struct {
	*programs
	published []Published
	// fresh says that nothing was ever posted: nobody was promised anything yet.
	fresh      bool
	currencies []ledger.Currency
}

func (h *Headquarters) readChainProgram(tx *sqlitedb.Tx) (c chainProgram, err error) {
	c.programs = h.programs.Load()
	if c.published, err = readPublished(tx); err != nil {
		return c, err
	}
	stores, err := h.keys.readStores(tx)
	if err != nil {
		return c, err
	}
	for _, s := range stores {
		c.currencies = append(c.currencies, s.Currency)
	}
	var used bool
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM intake) OR EXISTS (SELECT 1 FROM ledger)`).Scan(&used)
	if err != nil {
		return c, fmt.Errorf("read whether anything was posted: %w", err)
	}
	c.fresh = !used || len(c.published) == 0
	return c, nil
}

// has reports whether the same bytes were published.
func (c chainProgram) has(ref ledger.ProgramRef) bool {
	return slices.ContainsFunc(c.published, func(p Published) bool { return p.ProgramRef == ref })
}

// before is the version that members have when another takes effect.
func (c chainProgram) before(p *loyalty.Program) *loyalty.Program { return c.on(p.Effective()) }

// judge says why a program cannot be published now.
func (c chainProgram) judge(p *loyalty.Program, now time.Time) error {
	for _, currency := range c.currencies {
		if currency != p.Currency() {
			return refused("it counts in %s, and the stores in %s", p.Currency(), currency)
		}
	}
	if err := c.follows(p.Ref()); err != nil || c.fresh {
		return err
	}
	return c.inTime(p, now)
}

// follows judges name and number.
func (c chainProgram) follows(ref ledger.ProgramRef) error {
	if id := c.lastID(); !c.fresh && ref.ID != id {
		return refused("it is program %q, and the chain's is %q: a chain has one program, and its next version keeps the name", ref.ID, id)
	}
	for _, other := range c.published {
		switch {
		case other.ID != ref.ID:
		case other.Version == ref.Version:
			return refused("version %d was published with other text: a version never changes, give this one the number %d", ref.Version, c.highest(ref.ID)+1)
		case other.Version > ref.Version:
			return refused("version %d is not above %d, which is published: give it the number %[3]d", ref.Version, other.Version, c.highest(ref.ID)+1)
		}
	}
	return nil
}

// lastID is the program published last.
func (c chainProgram) lastID() string {
	if len(c.published) == 0 {
		return ""
	}
	return c.published[len(c.published)-1].ID
}

func (c chainProgram) highest(id string) (version int) {
	for _, p := range c.published {
		if p.ID == id {
			version = max(version, p.Version)
		}
	}
	return version
}

// inTime judges the notice as it can still be given: from today, in every
// store.
func (c chainProgram) inTime(p *loyalty.Program, now time.Time) error {
	today := c.today(now)
	if p.Announced() < today {
		return refused("it says it was announced on %s, and today is %s: members hear of it from today on, so announce it today or later",
			loyalty.DateWords(p.Announced()), loyalty.DateWords(today))
	}
	old := c.before(p)
	if old == nil {
		return nil
	}
	d, err := loyalty.Diff(old, p)
	if err != nil {
		return &NotPublishable{err.Error()}
	}
	members := slices.ContainsFunc(d.Changes, func(c loyalty.Change) bool { return c.Audience == loyalty.ForMembers })
	if members && !d.Kept {
		return refused("version %d promises members to tell them %s before, so by %s, and this one is announced on %s: announce it earlier, or begin later",
			old.Ref().Version, d.Notice, loyalty.DateWords(d.TellBy), loyalty.DateWords(p.Announced()))
	}
	return nil
}

// today is the latest of the stores' days.
func (c chainProgram) today(now time.Time) ledger.Date {
	var today ledger.Date
	for _, zone := range c.zones {
		today = max(today, ledger.DateAt(ledger.MillisOf(now), zone))
	}
	return today
}
