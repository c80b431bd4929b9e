package hq

import (
	"context"
	"fmt"
	"io"

	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// WritePersons writes what is kept apart from backups: what opens them to a person.
// Serial is the last erasure that it knows of.
func (r *reading) WritePersons(ctx context.Context, to io.Writer) (serial ledger.Millis, err error) {
	err = r.view(ctx, func(tx *database.Tx) error {
		serial, err = custody.WritePersons(tx, to)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("write persons: %w", err)
	}
	return serial, nil
}

// LastErasure returns the serial of the last erasure; 0 where nobody was erased.
func (r *reading) LastErasure(ctx context.Context) (serial ledger.Millis, err error) {
	err = r.view(ctx, func(tx *database.Tx) error {
		serial, err = erasure.LastSerial(tx)
		return err
	})
	return serial, err
}
