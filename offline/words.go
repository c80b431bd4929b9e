package offline

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// words is what the numbers in members' rows stand for, and that no member has
// balances of other units, at one version of the directory: while it is that,
// one row says all of a member.
type words struct {
	version uint64
	unit    ledger.Unit // the main one; empty where it is of another program
	epochs  map[int64]branchOf
	others  bool
	// households says that some account has several members.
	households bool
}

// currentWords gives the words of the directory as it is, or nil where it is
// changing or a row is not all.
func (v *View) currentWords(ctx context.Context) (*words, error) {
	version := v.directory.version()
	if !steady(version) {
		return nil, nil
	}
	w := v.words.Load()
	if w == nil || w.version != version {
		var err error
		if w, err = v.readWords(ctx, version); err != nil {
			return nil, err
		}
		v.words.Store(w)
	}
	if w.others {
		return nil, nil
	}
	return w, nil
}

func (v *View) readWords(ctx context.Context, version uint64) (*words, error) {
	w := &words{version: version, epochs: map[int64]branchOf{}}
	err := v.directory.Lookup(ctx, w.take, `
		SELECT 0, 0, NULL, unit FROM main_unit WHERE program = +?
		UNION ALL
		SELECT number, epoch, branch, NULL FROM applied_epoch
		UNION ALL
		SELECT -1, 0, NULL, NULL WHERE EXISTS (SELECT 1 FROM balance)
		UNION ALL
		SELECT -2, 0, NULL, NULL WHERE EXISTS (SELECT 1 FROM household)`, v.opts.Program)
	if err != nil {
		return nil, fmt.Errorf("read directory: %w", err)
	}
	return w, nil
}

func (w *words) take(v *sqlitedb.Values) error {
	switch number := v.Int64(0); {
	case number == -2:
		w.households = true
	case number < 0:
		w.others = true
	case number == 0:
		w.unit = ledger.Unit(v.Text(3))
	default:
		of := branchOf{epoch: ledger.Epoch(v.Int64(1))}
		copy(of.branch[:], v.Blob(2))
		w.epochs[number] = of
	}
	return nil
}

// taker gives the function that takes a short statement's row, of which there is
// one at most.
func (w *words) taker(f *fed) func(*sqlitedb.Values) error {
	return func(v *sqlitedb.Values) error {
		m, known, err := f.takeRow(v)
		if err != nil {
			return err
		}
		if !known {
			return sqlitedb.ErrEnough
		}
		f.key = v.Int64(5)
		of := w.epochs[m.epoch]
		f.applied.epoch, f.applied.branch = of.epoch, of.branch
		if w.unit != "" {
			f.takeMain(w.unit, v, m)
		}
		return sqlitedb.ErrEnough
	}
}
