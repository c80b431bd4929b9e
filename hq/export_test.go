package hq

import (
	"context"
	"errors"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// MaxRequests is how many requests are admitted at once.
const MaxRequests = maxRequests

// Twice has each transaction of a headquarters run twice, as it may where
// others change the same rows: first in vain.
func Twice(h *Headquarters) { h.db = twice{h.db} }

type twice struct{ database.DB }

var errInVain = errors.New("in vain")

func (t twice) Update(ctx context.Context, fn func(*database.Tx) error) error {
	err := t.DB.Update(ctx, func(tx *database.Tx) error {
		return errors.Join(fn(tx), errInVain)
	})
	if !errors.Is(err, errInVain) {
		return err
	}
	return t.DB.Update(ctx, fn)
}
