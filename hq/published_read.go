package hq

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// readPrograms reads what was published. A version that this release cannot
// read decides nothing; somebody has to hear of it.
func (h *Headquarters) readPrograms(ctx context.Context) error {
	var c catalog
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		c, err = readCatalog(tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, unreadable := range c.load() {
		h.notify(event.Event{What: event.Unreadable, Reason: unreadable.Error()})
	}
	h.programs.Store(c.upTo(math.MaxInt64))
	return nil
}

// catalog is what the database has of programs and of who has them.
type catalog struct {
	published []Published
	loaded    map[ledger.ProgramRef]*loyalty.Program
	stops     []ledger.Stop
	ids       []string // of the chain's programs, in the order in which they came
	stores    []storeProgram
}

func readCatalog(tx *database.Tx) (c catalog, err error) {
	if c.published, err = readPublished(tx); err != nil {
		return c, err
	}
	if c.stops, err = readStops(tx); err != nil {
		return c, err
	}
	if c.ids, err = readProgramIDs(tx); err != nil {
		return c, err
	}
	c.stores, err = readStorePrograms(tx)
	return c, err
}

// load loads the versions that can be read, and returns what is wrong with others.
func (c *catalog) load() (unreadable []error) {
	c.loaded = map[ledger.ProgramRef]*loyalty.Program{}
	for _, v := range c.published {
		p, err := loyalty.LoadPublished(v.signed.Source, v.String())
		if err != nil {
			unreadable = append(unreadable, err)
			continue
		}
		c.loaded[v.ProgramRef] = p
	}
	return unreadable
}

// upTo are the loaded programs with the versions published up to an instant.
func (c *catalog) upTo(at ledger.Millis) *programs {
	all := &programs{known: map[ledger.ProgramRef]*loyalty.Program{}, stops: c.stops, of: map[ledger.StoreID]string{}}
	for _, s := range c.stores {
		all.of[s.store] = s.program
	}
	versions := map[string][]*loyalty.Program{}
	for _, v := range c.published {
		if p := c.loaded[v.ProgramRef]; p != nil && v.PublishedAt <= at {
			all.known[v.ProgramRef] = p
			versions[v.ID] = append(versions[v.ID], p)
		}
	}
	for _, id := range c.ids {
		if len(versions[id]) > 0 {
			all.chain = append(all.chain, &program{id, versions[id], zonesOf(c.stores, id)})
		}
	}
	return all
}

// readPublished returns all versions in the order of publishing.
func readPublished(tx *database.Tx) ([]Published, error) {
	rows, err := tx.Query(`
		SELECT program, version, hash, announced, effective, published_at_ms, source, signature
		FROM program_version
		ORDER BY n`)
	if err != nil {
		return nil, fmt.Errorf("read programs: %w", err)
	}
	defer rows.Close()
	var all []Published
	for rows.Next() {
		var p Published
		err := rows.Scan(&p.ID, &p.Version, &p.Hash, &p.Announced, &p.Effective, &p.PublishedAt, &p.signed.Source, &p.signed.Signature)
		if err != nil {
			return nil, fmt.Errorf("read programs: %w", err)
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// readProgramIDs returns the ids of the chain's programs in the order in which
// they came.
func readProgramIDs(tx *database.Tx) ([]string, error) {
	rows, err := tx.Query(`SELECT program FROM chain_program ORDER BY n`)
	if err != nil {
		return nil, fmt.Errorf("read programs: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read programs: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// storeProgram is which program a store has, and where its days begin.
type storeProgram struct {
	store   ledger.StoreID
	program string
	zone    *time.Location
}

// readStorePrograms returns those of all stores, in order of their ids.
func readStorePrograms(tx *database.Tx) ([]storeProgram, error) {
	rows, err := tx.Query(`SELECT store, program, time_zone FROM store ORDER BY store`)
	if err != nil {
		return nil, fmt.Errorf("read stores: %w", err)
	}
	defer rows.Close()
	var all []storeProgram
	for rows.Next() {
		var s storeProgram
		var name string
		if err := rows.Scan(&s.store, &s.program, &name); err != nil {
			return nil, fmt.Errorf("read stores: %w", err)
		}
		if s.zone, err = time.LoadLocation(name); err != nil {
			return nil, fmt.Errorf("read stores: %w", err)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// zonesOf are the zones of the stores that have a program, or of all where none
// has; UTC where there is no store.
func zonesOf(stores []storeProgram, id string) []*time.Location {
	var own, all []*time.Location
	for _, s := range stores {
		all = append(all, s.zone)
		if s.program == id {
			own = append(own, s.zone)
		}
	}
	switch {
	case len(own) > 0:
		return own
	case len(all) > 0:
		return all
	}
	return []*time.Location{time.UTC}
}

// Programs returns what was published, in that order, and what was stopped of
// it.
func (r *reading) Programs(ctx context.Context) (published []Published, stops []ledger.Stop, err error) {
	err = r.view(ctx, func(tx *database.Tx) error {
		if published, err = readPublished(tx); err != nil {
			return err
		}
		stops, err = readStops(tx)
		return err
	})
	return published, stops, err
}
