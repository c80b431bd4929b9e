package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Salvaged tells what became of a journal that could not be read any more.
type Salvaged struct {
	Aside   string // where its files are now
	Entries int    // that were saved
	Lost    int    // rows that the mark knows of, beyond those saved
}

// salvage makes a journal of what can still be read of a damaged one. Rows that
// follow each other from the first on stand as they stood; behind the first gap
// begins a new epoch, which writes the others again and remembers where each
// was written first. It is made in a folder of its own and takes the damaged
// one's place in one step.
func salvage(ctx context.Context, opts Options) (Salvaged, error) {
	result, err := build(ctx, opts)
	if err != nil {
		return Salvaged{}, fmt.Errorf("salvage journal: %w", err)
	}
	if result.Aside, err = swap(opts.Dir, opts.Now()); err != nil {
		return Salvaged{}, fmt.Errorf("salvage journal: %w", err)
	}
	return result, nil
}

// build makes the journal in its folder and leaves it closed.
func build(ctx context.Context, opts Options) (Salvaged, error) {
	dir := filepath.Join(opts.Dir, salvagingDir)
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
		return Salvaged{}, err
	}
	b, err := beginRebuild(ctx, opts, dir)
	if err != nil {
		return Salvaged{}, err
	}
	result, err := b.run(ctx)
	return result, errors.Join(err, b.found.Close(), b.store.Close())
}

// rebuild is one salvage on its way.
type rebuild struct {
	found   *sqlitedb.DB
	store   *Store // of the new journal
	old     mark
	epochs  []foundEpoch
	entries int
	pruned  int64 // the last row without its body, at its own place
	// What the saved entries took of rights and gave back of them.
	spent, returned map[ledger.RightID]ledger.Points
}

func beginRebuild(ctx context.Context, opts Options, dir string) (*rebuild, error) {
	b := &rebuild{spent: map[ledger.RightID]ledger.Points{}, returned: map[ledger.RightID]ledger.Points{}}
	was := filepath.Join(opts.Dir, markFile)
	if err := copyMark(was, filepath.Join(dir, markFile)); err != nil {
		return nil, err
	}
	var err error
	if b.found, err = find(ctx, filepath.Join(opts.Dir, journalFile), dir); err != nil {
		return nil, err
	}
	opts.Dir = dir
	b.store = newStore(opts)
	if err := b.openNew(ctx); err != nil {
		return nil, errors.Join(err, b.found.Close(), b.store.Close())
	}
	return b, nil
}

// openNew makes an empty journal with the old one's mark.
func (b *rebuild) openNew(ctx context.Context) (err error) {
	s := b.store
	if s.mark, _, err = openMark(s.opts.Dir); err != nil {
		return err
	}
	b.old = s.mark.last
	s.journal, err = sqlitedb.Open(ctx, sqlitedb.Options{
		Path: filepath.Join(s.opts.Dir, journalFile), ApplicationID: journalID, Migrations: migration("journal"),
	})
	if err != nil {
		return err
	}
	s.View = &View{opts: s.opts, journal: s.journal, mentions: new(mentions), standing: s.standing}
	return s.journal.Update(ctx, func(tx *sqlitedb.Tx) error { return makeTerminal(tx, s.opts.Terminal) })
}

func (b *rebuild) run(ctx context.Context) (Salvaged, error) {
	if err := b.readEpochs(ctx); err != nil {
		return Salvaged{}, err
	}
	for _, step := range []func(context.Context) error{b.prefix, b.goOn, b.remainder, b.rights, b.publications} {
		if err := step(ctx); err != nil {
			return Salvaged{}, err
		}
	}
	return Salvaged{Entries: b.entries, Lost: max(0, b.marked()-b.entries)}, nil
}

// marked is how many entries the mark knows of: those of its epoch, and those
// before it.
func (b *rebuild) marked() int {
	for _, e := range b.epochs {
		if e.number == b.old.head.Epoch {
			return int(e.base) + int(b.old.head.Seq)
		}
	}
	return int(b.old.head.Seq)
}

// goOn begins the epoch under which the till works from now on: rights of the
// old branch are closed, because what was spent of them may be among the lost.
func (b *rebuild) goOn(ctx context.Context) error {
	above := b.old.head.Epoch
	for _, e := range b.epochs {
		above = max(above, e.number)
	}
	s := b.store
	if len(s.lineage) == 0 {
		err := s.write(ctx, func(p *pen) error { return p.beginEpoch(above+1, ledger.NewBranch(), ledger.Head{}) })
		if err != nil {
			return err
		}
		return s.writeMark()
	}
	var common ledger.Head
	err := s.journal.View(ctx, func(tx *sqlitedb.Tx) (err error) {
		common, err = s.lastCommon(tx, 0)
		return err
	})
	if err != nil {
		return err
	}
	return s.openEpoch(ctx, above, common)
}

// rights keeps what headquarters granted under the old branch, for reports and
// to hand it back to a headquarters that forgot it.
func (b *rebuild) rights(ctx context.Context) error {
	found, err := b.foundRights(ctx)
	if err != nil {
		return err
	}
	return b.store.write(ctx, func(p *pen) error {
		for _, right := range found {
			if err := b.keepRight(p, right); err != nil {
				return err
			}
		}
		return nil
	})
}

// foundRight is a right of the damaged journal, and what was spent and returned of
// it by entries whose bodies are gone.
type foundRight struct {
	ledger.SignedEntry
	prunedSpent, prunedReturned ledger.Points
}

func (b *rebuild) keepRight(p *pen, found foundRight) error {
	e, err := ledger.Decode(found.Body)
	if err != nil || e.Kind != ledger.Grant && e.Kind != ledger.Split || e.Right.Terminal != p.store.opts.Terminal {
		return nil // not what it looked like
	}
	r := e.Right
	_, err = p.tx.Exec(`
		INSERT INTO rights (right_id, account, program, unit, amount, spent, returned, spend_until_ms, reclaim_at_ms,
			epoch, branch, body, signature, closed, pruned_spent, pruned_returned)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, string(e.Subject), r.Program, r.Unit, r.Amount, b.spent[r.ID]+found.prunedSpent, b.returned[r.ID]+found.prunedReturned,
		r.SpendUntil, r.ReclaimAt, r.Epoch, r.Branch, string(found.Body), found.Signature, closedEpoch, found.prunedSpent, found.prunedReturned)
	if err != nil && !sqlitedb.IsConstraint(err) {
		return fmt.Errorf("keep right: %w", err)
	}
	return nil
}

func (b *rebuild) foundRights(ctx context.Context) (rights []foundRight, err error) {
	err = b.found.View(ctx, func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(`SELECT body, signature, pruned_spent, pruned_returned FROM rights ORDER BY right_id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r foundRight
			if err := rows.Scan(&r.Body, &r.Signature, &r.prunedSpent, &r.prunedReturned); err != nil {
				return err
			}
			rights = append(rights, r)
		}
		return rows.Err()
	})
	return rights, err
}

// lastAcked gives the latest place that headquarters had acknowledged and that
// the new journal has.
func (b *rebuild) lastAcked(p *pen) (acked ledger.Head, incarnation ledger.Incarnation, err error) {
	err = b.found.View(context.Background(), func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(`SELECT epoch, branch, seq, hash, incarnation FROM acked ORDER BY epoch DESC, seq DESC`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var h ledger.Head
			if err := rows.Scan(&h.Epoch, &h.Branch, &h.Seq, &h.Hash, &incarnation); err != nil {
				return err
			}
			known, err := knows(p.tx, p.lineage, p.last, h)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			if known && h.Epoch > 0 {
				acked = h
				return nil
			}
		}
		incarnation = 0
		return rows.Err()
	})
	return acked, incarnation, err
}
