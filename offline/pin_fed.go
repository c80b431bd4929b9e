package offline

import (
	"context"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// apartPINs say which PINs an account's members have.
var apartPINs = &apart{
	what:  "PINs",
	heard: `SELECT coalesce(max(incarnation), 0), coalesce(max(position), 0) FROM pin_cursor`,
	clear: `DELETE FROM pin`,
	note:  `INSERT OR REPLACE INTO pin_cursor (one, incarnation, position) VALUES (1, ?, ?)`,
	is:    func(c *ledger.Change) bool { return c.PINs != nil },
	keep:  func(p *directoryPen, c *ledger.Change) error { return p.keepPINsOf(c.PINs) },
}

// PINCursor returns up to where the feed was heard of members' PINs: the beginning
// where the directory is read from it.
func (s *Store) PINCursor(ctx context.Context) (ledger.Cursor, error) {
	return s.apartCursor(ctx, apartPINs)
}

// keepPINsOf replaces the PINs of an account's members.
func (p *directoryPen) keepPINsOf(pins *ledger.PINs) error {
	if _, err := p.tx.Exec(`DELETE FROM pin WHERE account = ?`, pins.Account[:]); err != nil {
		return err
	}
	for _, m := range pins.Members {
		_, err := p.tx.Exec(`INSERT OR REPLACE INTO pin (account, member, hash) VALUES (?, ?, ?)`, pins.Account[:], m.Member[:], m.Hash)
		if err != nil {
			return err
		}
	}
	return nil
}
