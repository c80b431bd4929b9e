// Package report knows what a manager asks of what was written: reports as
// values over a Source, and their encodings to a table, CSV, JSON and paper.
//
// A report reads entries and decides nothing anew; where they are kept is the
// Source's, which order and place they have the journal's.
package report

import (
	"context"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Source gives what was written. It may be read beside a daemon that goes on
// writing.
type Source interface {
	// ReadDay calls each with every entry of a business day, once and in
	// journal order; body is nil where it is damaged. It returns the head up to
	// which it read. An error of each ends it and comes back unchanged.
	// progress may be nil.
	ReadDay(ctx context.Context, day ledger.Date, each func(at ledger.Place, body []byte) error,
		progress func(done, total int)) (ledger.Head, error)
	// KeptDay returns what Summary made of a day whose entries are no longer all
	// there; ReadDay gives the others. It is nil where all of the day is there.
	KeptDay(ctx context.Context, day ledger.Date) ([]byte, error)
	// StoreDay returns what the till heard last of a day of its store, as JSON of
	// ledger.StoreDay; nil where it heard nothing, or what it heard is lost.
	StoreDay(ctx context.Context, day ledger.Date) ([]byte, error)
}
