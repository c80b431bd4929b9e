package offline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/folder"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	// builtFile is a directory that is not yet in its place.
	builtFile = "directory.db.built"
	// builtAtCommit is about how many rows a commit has that writes it, and placesAtCommit
	// how many heaps of places: each commit waits for the disk, and nobody for them.
	builtAtCommit  = 40_000
	placesAtCommit = 16
)

// stage takes a page for a directory that is built from the beginning. false:
// the page is to be applied as it is.
func (s *Store) stage(ctx context.Context, changes []ledger.Change, next ledger.Cursor) (staged bool, err error) {
	if b := s.building; b != nil && b.next.Incarnation != next.Incarnation {
		s.dropBuilding()
	}
	if len(changes) < bulkPage {
		return false, s.finishBuilding(ctx)
	}
	if s.building == nil {
		if next.Incarnation == s.cursor.Incarnation && s.cursor.Position > 0 {
			return false, nil
		}
		if err := s.beginBuilding(); err != nil {
			return false, err
		}
	}
	b := s.building
	if err := b.take(changes, next, s.appliedHere, s.opts.Now()); err != nil {
		s.dropBuilding() // which makes room for sales where the disk is full
		return false, err
	}
	if len(b.late)+len(b.apart[apartHouseholds])+len(b.apart[apartPINs]) > lateMost {
		return true, s.finishBuilding(ctx)
	}
	return true, nil
}

func (s *Store) beginBuilding() error {
	of, err := s.spoolsOf()
	if err != nil {
		return err
	}
	rows, err := newSpool(s.opts.Dir, of)
	if err == nil {
		s.building = newBuilding(rows, s.opts.Recall != nil)
	}
	return err
}

// Builds reports whether the feed is read from the beginning, as far as it did not end
// yet: however many rows a page has, they go to the pile, and nobody waits for it.
func (s *Store) Builds() bool {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	return s.building != nil || s.cursor.Position == 0
}

// dropBuilding forgets what was read for a directory. A spool that cannot be removed is
// one that no later process goes on with, or goes on with rightly.
func (s *Store) dropBuilding() {
	if s.building != nil {
		s.building.close()
		s.building = nil
	}
	_ = forgetSpool(s.opts.Dir)
}

// finishBuilding puts a directory of all that was read in its place. Where somebody does
// not wait for it, what was read stays, and is written the next time.
func (s *Store) finishBuilding(ctx context.Context) error {
	b := s.building
	if b == nil {
		return nil
	}
	err := b.end(s.opts.Now())
	if err == nil {
		err = s.putBuilt(ctx, b)
	}
	if err != nil {
		if ctx.Err() == nil {
			s.dropBuilding()
		}
		return fmt.Errorf("build directory: %w", err)
	}
	s.dropBuilding()
	return s.settleOwed(ctx)
}

// makeDo puts a directory of what was read so far in its place where headquarters was not
// heard for a while, so that those are served whom it has. The rest goes onto the pile all
// the same: written row by row, it would take a page of the file for each.
func (s *Store) makeDo(ctx context.Context) error {
	b := s.building
	switch {
	case b == nil:
		return nil
	case b.ended:
		return s.finishBuilding(ctx)
	case b.next == s.cursor || s.opts.Now().Sub(b.heard) < answerIn:
		return nil
	}
	b.heard = s.opts.Now() // where it fails it is tried again then, and not each time
	err := b.keep(b.heard)
	if err == nil {
		err = s.putBuilt(ctx, b)
	}
	if err != nil {
		return fmt.Errorf("build directory of what was read: %w", err)
	}
	return s.settleOwed(ctx)
}

// putBuilt writes the rows in order to a new file and puts it in the directory's place,
// unless one of these stands there. Until then readers see the directory as it was.
func (s *Store) putBuilt(ctx context.Context, b *building) error {
	if b.next == s.cursor {
		return nil
	}
	path := filepath.Join(s.opts.Dir, builtFile)
	if err := removeDatabase(path); err != nil {
		return err
	}
	err := s.fillBuilt(ctx, path, b)
	if err == nil {
		err = s.oweSettling()
	}
	if err == nil {
		err = s.directory.replace(context.WithoutCancel(ctx), path) // half of it would be none
	}
	if err != nil {
		return errors.Join(err, removeDatabase(path))
	}
	s.cursor = b.next
	return nil
}

func (s *Store) fillBuilt(ctx context.Context, path string, b *building) error {
	places, err := newPile(s.opts.Dir)
	if err != nil {
		return err
	}
	defer places.close()
	free, heap, of := int64(0), 0, 0
	return sqlitedb.Make(ctx, sqlitedb.Options{
		Path: path, ApplicationID: directoryID, Migrations: migration("directory"),
	}, func(tx *sqlitedb.Tx) (more bool, err error) {
		switch {
		case heap < len(b.rows.heaps):
			heap, err = s.writeHeaps(tx, b, heap, &free, places)
		case of < len(places.heaps):
			err = writePlaces(tx, places, of, of+placesAtCommit)
			of += placesAtCommit
		default:
			return false, s.endBuilt(tx, b)
		}
		return true, err
	})
}

// writeHeaps writes rows from a heap on, as many as one commit has, and gives the next
// heap.
func (s *Store) writeHeaps(tx *sqlitedb.Tx, b *building, heap int, free *int64, places *pile) (next int, err error) {
	p, err := newDirectoryPen(tx, s.opts)
	if err != nil {
		return heap, err
	}
	for written := 0; heap < len(b.rows.heaps) && written < builtAtCommit; heap++ {
		rows, err := b.sorted(heap)
		if err != nil {
			return heap, err
		}
		if err := p.writeHeap(rows, free, places); err != nil {
			return heap, err
		}
		if places.tails >= tailBytes {
			if err := places.flush(); err != nil {
				return heap, err
			}
		}
		written += len(rows)
	}
	return heap, nil
}

// writeHeap writes rows one behind the other, and onto a pile where they stand; free is
// the first place that nobody has yet.
func (p *directoryPen) writeHeap(rows []piled, free *int64, places *pile) error {
	var r builtRow
	var written rowBatch
	for _, from := range rows {
		if err := r.read(from); err != nil {
			return err
		}
		at := max(r.key, *free)
		if at > r.last() {
			return errNoPlace
		}
		*free = at + 1
		if err := p.writeBuilt(from, &r, at, &written); err != nil {
			return err
		}
		stands := placeOf(r.state.Account, at)
		places.add(r.state.Account[0], func(b []byte) []byte { return append(append(b, r.state.Account[1]), stands[:]...) })
	}
	return written.end(p.tx)
}

func (p *directoryPen) writeBuilt(from piled, r *builtRow, at int64, written *rowBatch) error {
	row, err := p.row(&r.state, r.applied)
	if err != nil {
		return err
	}
	if err := written.add(p.tx, at, from, &row); err != nil || !r.first {
		return err
	}
	if p.remembers && r.memory != unknown { // nothing stands there yet
		if err := p.keep(row, r.memory); err != nil {
			return err
		}
	}
	if !p.hasOthers(r.state.Balances) {
		return nil
	}
	return p.putOthers(&r.state)
}

// writePlaces writes the whereabouts of the accounts that begin with one of these bytes.
func writePlaces(tx *sqlitedb.Tx, places *pile, from, until int) error {
	for first := from; first < until; first++ {
		if err := writePlacesOf(tx, places, first); err != nil {
			return err
		}
	}
	return nil
}

func writePlacesOf(tx *sqlitedb.Tx, places *pile, first int) error {
	heap, err := places.heap(first, nil)
	if err != nil {
		return err
	}
	var by [256][]byte // their second byte
	for p := range slices.Chunk(heap, 1+len(place{})) {
		by[p[0]] = append(by[p[0]], p[1:]...)
	}
	for second, all := range by {
		if len(all) == 0 {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO whereabouts (begins, places) VALUES (?, ?)`, first<<8|second, all); err != nil {
			return fmt.Errorf("keep whereabouts: %w", err)
		}
	}
	return nil
}

func (s *Store) endBuilt(tx *sqlitedb.Tx, b *building) error {
	p, err := newDirectoryPen(tx, s.opts)
	if err != nil {
		return err
	}
	for _, kind := range aparts {
		if err := p.keepApart(kind, b.apart[kind], b.next.Incarnation); err != nil {
			return err
		}
	}
	for _, c := range b.late {
		if err := s.changeDirectory(p, c); err != nil {
			return err
		}
	}
	return p.moveCursor(b.next)
}

// replace puts another file in the directory's place.
func (d *directory) replace(ctx context.Context, path string) error {
	d.changes.Add(1)
	defer d.changes.Add(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.forgetFile(); err != nil {
		return err
	}
	if err := errors.Join(os.Rename(path, d.path), folder.Sync(filepath.Dir(d.path))); err != nil {
		return err
	}
	return d.open(ctx)
}

// removeDatabase deletes a database with what SQLite keeps beside it: a WAL
// left behind would be taken for that of the next file.
func removeDatabase(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
