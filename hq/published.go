package hq

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Published is a version of the chain's program as it was published.
type Published struct {
	ledger.ProgramRef
	Announced   ledger.Date
	Effective   ledger.Date
	PublishedAt ledger.Millis

	signed ledger.SignedProgram
}

// programs are all versions that were published, and which of them are the
// chain's. A value is never changed.
type programs struct {
	known map[ledger.ProgramRef]*loyalty.Program
	// versions are those of the chain's program, none where nothing was
	// published yet.
	versions []*loyalty.Program
	stops    []ledger.Stop
	// zones are the stores', in order of their ids, at least one. The days of the
	// first are headquarters' own.
	zones []*time.Location
}

// id is the chain's program; empty where there is none.
func (p *programs) id() string {
	if len(p.versions) == 0 {
		return ""
	}
	return p.versions[0].Ref().ID
}

// on is the version in force on a day, nil where there is none.
func (p *programs) on(day ledger.Date) *loyalty.Program { return loyalty.InForce(p.versions, day) }

// version is one of the chain's program, nil where it is not known here.
func (p *programs) version(number int) *loyalty.Program {
	for _, v := range p.versions {
		if v.Ref().Version == number {
			return v
		}
	}
	return nil
}

// programOf is the version that an entry names. Of the chain's program, where it
// names none or one that is not known here, it is the one in force when the
// entry took effect; of another nothing is remembered, and its units fall due by
// their own terms alone.
func (h *Headquarters) programOf(ref *ledger.ProgramRef, at ledger.Millis, zone *time.Location) *loyalty.Program {
	all := h.programs.Load()
	if ref != nil {
		if p := all.known[*ref]; p != nil {
			return p
		}
	}
	if len(all.versions) > 0 && (ref == nil || ref.ID == all.id()) {
		return all.on(ledger.DateAt(at, zone))
	}
	return new(loyalty.Program)
}

// inForce is the version in force now by headquarters' own days; nil where
// nothing was published.
func (h *Headquarters) inForce() *loyalty.Program {
	all := h.programs.Load()
	return all.on(ledger.DateAt(h.time(), all.zones[0]))
}

// InForce returns the version in force now by the day of the first store, and
// the one that comes next; nil where there is none.
func (h *Headquarters) InForce() (current, next *loyalty.Program) {
	all := h.programs.Load()
	if len(all.versions) == 0 {
		return nil, nil
	}
	return h.inForce(), loyalty.Coming(all.versions, ledger.DateAt(h.time(), all.zones[0]))
}

// policy is what the version in force says of rights.
func (h *Headquarters) policy() Policy {
	if p := h.inForce(); p != nil {
		return PolicyOf(p)
	}
	return h.given
}

// readPrograms reads what was published. A version that this release cannot
// read decides nothing; somebody has to hear of it.
func (h *Headquarters) readPrograms(ctx context.Context) error {
	var published []Published
	var stops []ledger.Stop
	all := &programs{known: map[ledger.ProgramRef]*loyalty.Program{}}
	err := h.view(ctx, func(tx *sqlitedb.Tx) (err error) {
		if published, err = readPublished(tx); err != nil {
			return err
		}
		if stops, err = readStops(tx); err != nil {
			return err
		}
		if all.zones, err = storeZones(tx); err == nil && len(all.zones) == 0 {
			all.zones = []*time.Location{time.UTC}
		}
		return err
	})
	if err != nil {
		return err
	}
	all.stops = stops
	for _, v := range published {
		p, err := loyalty.LoadPublished(v.signed.Source, v.String())
		if err != nil {
			h.notify(Event{What: EventUnreadable, Reason: err.Error()})
			continue
		}
		all.known[v.ProgramRef] = p
		if v.ID == published[len(published)-1].ID {
			all.versions = append(all.versions, p)
		}
	}
	h.programs.Store(all)
	return nil
}

// String names the version as the feed does.
func (p Published) String() string { return fmt.Sprintf("%s/%d", p.ID, p.Version) }

// readPublished returns all versions in the order of publishing.
func readPublished(tx *sqlitedb.Tx) ([]Published, error) {
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

// storeZones are the stores' zones in order of their ids.
func storeZones(tx *sqlitedb.Tx) ([]*time.Location, error) {
	rows, err := tx.Query(`SELECT time_zone FROM store ORDER BY store`)
	if err != nil {
		return nil, fmt.Errorf("read stores: %w", err)
	}
	defer rows.Close()
	var zones []*time.Location
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("read stores: %w", err)
		}
		zone, err := time.LoadLocation(name)
		if err != nil {
			return nil, fmt.Errorf("read stores: %w", err)
		}
		zones = append(zones, zone)
	}
	return zones, rows.Err()
}

// Programs returns what was published, in that order, and what was stopped of
// it.
func (r *reading) Programs(ctx context.Context) (published []Published, stops []ledger.Stop, err error) {
	err = r.view(ctx, func(tx *sqlitedb.Tx) error {
		if published, err = readPublished(tx); err != nil {
			return err
		}
		stops, err = readStops(tx)
		return err
	})
	return published, stops, err
}
