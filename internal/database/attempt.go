package database

import (
	"cmp"
	"context"
	"errors"
)

// Attempt runs a step that is undone alone where it fails, and gives why. err, an
// error that EndsAll, says nothing of the step: the transaction is to end with it.
func (tx *Tx) Attempt(step func() error) (failed, err error) {
	if _, err := tx.Exec(`SAVEPOINT step`); err != nil {
		return nil, err
	}
	failed = cmp.Or(step(), tx.Settle())
	if EndsAll(failed) {
		return nil, failed
	}
	if failed != nil {
		if _, err := tx.Exec(`ROLLBACK TO step`); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec(`RELEASE step`)
	return failed, err
}

// EndsAll reports whether an error is of storage, or of the caller's context: it says
// nothing of what was tried.
func EndsAll(err error) bool {
	return errors.Is(err, ErrStorage) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
