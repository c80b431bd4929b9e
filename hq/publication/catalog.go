package publication

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Catalog is what the database has of programs and of who has them.
type Catalog struct {
	Published []Published
	loaded    map[ledger.ProgramRef]*loyalty.Program
	stops     []ledger.Stop
	ids       []string // of the chain's programs, in the order in which they came
	stores    []storeProgram
}

// ReadCatalog reads all of it; Load has it read.
func ReadCatalog(tx *database.Tx) (c Catalog, err error) {
	if c.Published, err = Read(tx); err != nil {
		return c, err
	}
	if c.stops, err = ReadStops(tx); err != nil {
		return c, err
	}
	if c.ids, err = ReadIDs(tx); err != nil {
		return c, err
	}
	c.stores, err = ReadStores(tx)
	return c, err
}

// Load loads the versions that can be read, and returns what is wrong with others.
func (c *Catalog) Load() (unreadable []error) {
	c.loaded = map[ledger.ProgramRef]*loyalty.Program{}
	for _, v := range c.Published {
		p, err := loyalty.LoadPublished(v.Signed.Source, v.String())
		if err != nil {
			unreadable = append(unreadable, err)
			continue
		}
		c.loaded[v.ProgramRef] = p
	}
	return unreadable
}

// UpTo are the loaded programs with the versions published up to an instant.
func (c *Catalog) UpTo(at ledger.Millis) *Programs {
	all := &Programs{known: map[ledger.ProgramRef]*loyalty.Program{}, stops: c.stops, Of: map[ledger.StoreID]string{}}
	for _, s := range c.stores {
		all.Of[s.Store] = s.Program
	}
	versions := map[string][]*loyalty.Program{}
	for _, v := range c.Published {
		if p := c.loaded[v.ProgramRef]; p != nil && v.PublishedAt <= at {
			all.known[v.ProgramRef] = p
			versions[v.ID] = append(versions[v.ID], p)
		}
	}
	for _, id := range c.ids {
		if len(versions[id]) > 0 {
			all.Chain = append(all.Chain, &Program{id, versions[id], zonesOf(c.stores, id)})
		}
	}
	return all
}

// Read returns all versions in the order of publishing.
func Read(tx *database.Tx) ([]Published, error) {
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
		err := rows.Scan(&p.ID, &p.Version, &p.Hash, &p.Announced, &p.Effective, &p.PublishedAt, &p.Signed.Source, &p.Signed.Signature)
		if err != nil {
			return nil, fmt.Errorf("read programs: %w", err)
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// ReadIDs returns the ids of the chain's programs in the order in which
// they came.
func ReadIDs(tx *database.Tx) ([]string, error) {
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
	Store   ledger.StoreID
	Program string
	Zone    *time.Location
}

// ReadStores returns those of all stores, in order of their ids.
func ReadStores(tx *database.Tx) ([]storeProgram, error) {
	rows, err := tx.Query(`SELECT store, program, time_zone FROM store ORDER BY store`)
	if err != nil {
		return nil, fmt.Errorf("read stores: %w", err)
	}
	defer rows.Close()
	var all []storeProgram
	for rows.Next() {
		var s storeProgram
		var name string
		if err := rows.Scan(&s.Store, &s.Program, &name); err != nil {
			return nil, fmt.Errorf("read stores: %w", err)
		}
		if s.Zone, err = time.LoadLocation(name); err != nil {
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
		all = append(all, s.Zone)
		if s.Program == id {
			own = append(own, s.Zone)
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
