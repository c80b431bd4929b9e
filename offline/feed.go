package offline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// journalAtOnce is how many rows of the feed one transaction of the journal has, for
// which a sale may wait: each is a few statements.
const journalAtOnce = 50

// Cursor returns how far the feed was applied, or read for a directory that is built: 0
// again where the directory was damaged and had to be thrown away.
func (s *Store) Cursor(ctx context.Context) (ledger.Cursor, error) {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	if err := s.prepareFeed(ctx); err != nil {
		return ledger.Cursor{}, err
	}
	if b := s.building; b != nil {
		return b.next, nil
	}
	cursor, err := s.directory.cursor(ctx)
	if !errors.Is(err, sqlitedb.ErrStorage) {
		return cursor, err
	}
	if mending := s.mendDirectory(ctx); mending != nil {
		return cursor, errors.Join(err, mending)
	}
	return s.cursor, nil
}

// prepareFeed does what is to be done before anything is asked of the feed, and what a
// till without a line does by itself. A directory that any of it finds damaged is mended
// for the next time.
func (s *Store) prepareFeed(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.feedForProgram, s.mendBroken, s.settleOwed, s.goOnBuilding, s.makeDo} {
		if err := step(ctx); err != nil {
			return errors.Join(err, s.mendBroken(ctx))
		}
	}
	return nil
}

// EndFeed says that headquarters has no more to tell: what was read for a directory is all
// of it.
func (s *Store) EndFeed(ctx context.Context) error {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	return s.finishBuilding(ctx)
}

// Greeted says that headquarters was greeted, and whether it answered: where it did not, no
// page comes, maybe for days.
func (s *Store) Greeted(ctx context.Context, answered bool) error {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	switch b := s.building; {
	case !answered && s.foreign.Load():
		return nil // what it has of another program it lets go of once there is more
	case !answered:
		return s.prepareFeed(ctx)
	case b != nil:
		b.heard = s.opts.Now()
		return s.makeDo(ctx)
	}
	return nil
}

// mendMissing makes a directory where an ill disk left none: whoever reads it
// would wait for headquarters otherwise.
func (s *Store) mendMissing(ctx context.Context) error {
	if s.directory.stands() {
		return nil
	}
	s.feeding.Lock()
	defer s.feeding.Unlock()
	return s.mendDirectory(ctx)
}

// updateDirectory changes the directory. After an error its cursor is read anew: it may
// have been rebuilt, whatever was to be written.
func (s *Store) updateDirectory(ctx context.Context, fn func(*sqlitedb.Tx) error) error {
	err := s.directory.update(ctx, fn)
	if err == nil {
		return nil
	}
	if stands, lost := s.directory.cursor(ctx); lost == nil {
		s.cursor = stands
	}
	return err
}

// mendBroken mends the directory where somebody met with damage: a member may, and no row
// of the feed will for long.
func (s *Store) mendBroken(ctx context.Context) error {
	if s.directory.broken() == nil {
		return nil
	}
	return s.mendDirectory(ctx)
}

// mendDirectory mends it and reads its cursor anew: it may have been rebuilt.
func (s *Store) mendDirectory(ctx context.Context) (err error) {
	if err := s.directory.mend(ctx); err != nil {
		return err
	}
	s.cursor, err = s.directory.cursor(ctx)
	return err
}

// Apply applies rows of the feed and moves the cursor. What the rows say of rights,
// merges and confirmed sales is in the journal before the directory changes, and what
// they settle leaves the journal after it, so that a balance never flashes back wherever
// this is cut short. The cursor moves last: a page that was cut short is asked for
// again. Applying again changes nothing.
func (s *Store) Apply(ctx context.Context, changes []ledger.Change, next ledger.Cursor) error {
	s.feeding.Lock() // and not s.mu: a sale does not wait for a page of the directory
	defer s.feeding.Unlock()
	if next.Incarnation == s.cursor.Incarnation && next.Position < s.cursor.Position {
		return nil // an older page again
	}
	if err := s.goOnBuilding(ctx); err != nil {
		return fmt.Errorf("apply feed: %w", err)
	}
	if erased := erasuresIn(changes); len(erased) > 0 {
		if err := s.applyErasures(ctx, erased); err != nil {
			return fmt.Errorf("apply feed: %w", err)
		}
		if len(erased) == len(changes) {
			return nil // the cursor is of all else
		}
	}
	for part := range slices.Chunk(concerning(changes), journalAtOnce) {
		if err := s.writeApplied(ctx, func(p *pen) error { return p.changeJournal(part) }); err != nil {
			return fmt.Errorf("apply feed: %w", err)
		}
	}
	if err := s.keepPublished(ctx, changes, next); err != nil {
		return fmt.Errorf("apply feed: %w", err)
	}
	if s.leaving {
		return s.passBy(ctx, next)
	}
	if staged, err := s.stage(ctx, changes, next); staged || err != nil {
		return err
	}
	if err := s.applyAndSettle(ctx, changes, next); err != nil {
		return fmt.Errorf("apply feed: %w", err)
	}
	return nil
}

// applyAndSettle moves the cursor with the rows where they settle nothing, which spares
// a transaction.
func (s *Store) applyAndSettle(ctx context.Context, changes []ledger.Change, next ledger.Cursor) error {
	settling := s.mentioned(changes)
	if len(settling) == 0 {
		return s.applyDirectory(ctx, changes, next, next)
	}
	if err := s.applyDirectory(ctx, changes, next, s.cursor); err != nil {
		return err
	}
	if err := s.settleAll(ctx, settling); err != nil {
		return err
	}
	return s.moveCursor(ctx, next)
}

// moveCursor says that all up to a place of the feed was applied.
func (s *Store) moveCursor(ctx context.Context, to ledger.Cursor) error {
	err := s.updateDirectory(ctx, func(tx *sqlitedb.Tx) error {
		p, err := newDirectoryPen(tx, s.opts)
		if err != nil {
			return err
		}
		return p.moveCursor(to)
	})
	if err == nil {
		s.cursor = to
	}
	return err
}

// mentioned gives the rows of those of whom the journal may say anything.
// Whoever it has nothing of by now has nothing that a row could count.
func (s *Store) mentioned(changes []ledger.Change) (of []ledger.Change) {
	for _, c := range changes {
		if c.Account == nil {
			continue
		}
		if s.mentions.has(c.Account.Account) ||
			slices.ContainsFunc(c.Account.Identifiers, func(h ledger.KeyedHash) bool { return s.mentions.has(h) }) {
			of = append(of, c)
		}
	}
	return of
}

func (s *Store) writeApplied(ctx context.Context, fn func(*pen) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.write(ctx, fn); err != nil {
		return err
	}
	return s.markAfter(false) // rights given back are entries
}

// concerning gives the rows that say what the journal keeps.
func concerning(changes []ledger.Change) (of []ledger.Change) {
	for _, c := range changes {
		if concernsJournal(c) {
			of = append(of, c)
		}
	}
	return of
}

// concernsJournal reports whether a row says what the journal keeps.
func concernsJournal(c ledger.Change) bool {
	return c.Right != nil || c.Forward != nil || isConfirmed(c)
}

func (p *pen) changeJournal(changes []ledger.Change) error {
	for _, c := range changes {
		if c.Right != nil {
			if err := p.changeRight(*c.Right); err != nil {
				return err
			}
		}
		if c.Forward != nil {
			if err := p.forward(*c.Forward); err != nil {
				return err
			}
		}
		if isConfirmed(c) {
			if err := p.confirmed(c.Verdict.Entry); err != nil {
				return err
			}
		}
	}
	return nil
}

// applyDirectory applies a page that ends at next, and says that all up to another place
// was applied.
func (s *Store) applyDirectory(ctx context.Context, changes []ledger.Change, next, upTo ledger.Cursor) error {
	err := s.updateDirectory(ctx, func(tx *sqlitedb.Tx) error {
		p, err := newDirectoryPen(tx, s.opts)
		if err != nil {
			return err
		}
		p.neighbors = s.neighbors.Load()
		if next.Incarnation != s.cursor.Incarnation {
			if err := p.clear(); err != nil {
				return err
			}
		}
		for _, kind := range aparts {
			if err := p.keepApart(kind, changes, next.Incarnation); err != nil {
				return err
			}
		}
		for _, c := range changes {
			if next.Incarnation == s.cursor.Incarnation && c.Position <= s.cursor.Position {
				continue // what stands is at least as new
			}
			if err := s.changeDirectory(p, c); err != nil {
				return err
			}
		}
		return p.moveCursor(upTo)
	})
	if err == nil {
		s.cursor = upTo
	}
	return err
}

func (s *Store) changeDirectory(p *directoryPen, c ledger.Change) error {
	if c.Account != nil {
		if err := p.countNews(c.Account, s.opts.Terminal); err != nil {
			return err
		}
		if err := p.dropIntroduced(c.Account.Identifiers); err != nil {
			return err
		}
		return p.put(c.Account, s.appliedHere(c.Account))
	}
	if c.Forward != nil {
		if err := p.forwardNews(*c.Forward); err != nil {
			return err
		}
		return p.forget(c.Forward.From)
	}
	if c.Erasure != nil { // of a directory that is built
		_, err := p.erase([]*ledger.Erasure{c.Erasure})
		return err
	}
	return nil
}

// appliedHere picks this terminal's place; the zero place where headquarters
// counts nothing of it yet.
func (s *Store) appliedHere(a *ledger.AccountState) ledger.Place {
	for _, place := range a.Applied {
		if place.Terminal == s.opts.Terminal {
			return place
		}
	}
	return ledger.Place{}
}

// settleAtOnce is how much one transaction drops from the journal, in rows; an account
// is as much as a few of them.
const (
	settleAtOnce  = 200
	settleAccount = 10
)

// settleAll drops from the journal what the directory has now, a part at a time: a sale
// comes between any two. What is not dropped yet is passed over by whoever reads a
// balance, but counts for what was spent here, and keeps bodies from being pruned.
func (s *Store) settleAll(ctx context.Context, changes []ledger.Change) error {
	for len(changes) > 0 {
		var left []ledger.Change
		err := s.writeApplied(ctx, func(p *pen) (err error) {
			left, err = p.settleSome(changes)
			return err
		})
		if err != nil {
			return err
		}
		changes = left
	}
	return nil
}

// settleSome drops what the first of these rows count, and gives those that are left.
func (p *pen) settleSome(changes []ledger.Change) (left []ledger.Change, err error) {
	for most := settleAtOnce; len(changes) > 0 && most > 0; changes = changes[1:] {
		a := changes[0].Account
		place := p.store.appliedHere(a)
		rows, all, err := p.settle(a.Account, applied{epoch: place.Epoch, branch: place.Branch, seq: place.Seq}, most)
		if err != nil || !all {
			return changes, err
		}
		most -= rows + settleAccount
		for _, hash := range a.Identifiers {
			if !p.store.mentions.hasMore(hash) {
				continue
			}
			if _, err := p.tx.Exec(`DELETE FROM local WHERE hash = ?`, hash[:]); err != nil {
				return changes, fmt.Errorf("drop local member: %w", err)
			}
		}
	}
	return changes, nil
}
