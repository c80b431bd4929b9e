package sync

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// keepGenuine empties rows that say to be headquarters' and are not signed by it,
// and reports whether anything else is there that was published or stopped. An
// empty row holds up nothing: it was heard, and the version that stands goes on.
func (x *Exchange) keepGenuine(line ledger.KeyChain, rows []ledger.Change) (published bool) {
	for i := range rows {
		c := &rows[i]
		switch {
		case x.isGrant(*c):
			if grant := c.Right.Grant; !line.Signed(ledger.EntryDomain, grant.Body, grant.Signature) {
				c.Right = new(*c.Right)
				c.Right.Grant = nil
				x.passOver(c.Key)
			}
		case c.Program == nil && c.Stop == nil:
		case c.Program != nil && !c.Program.SignedBy(line), c.Stop != nil && !c.Stop.SignedBy(line):
			c.Program, c.Stop = nil, nil
			x.passOver(c.Key)
		default:
			published = true
		}
	}
	return published
}

// isGrant reports whether a row brings this terminal a right.
func (x *Exchange) isGrant(c ledger.Change) bool {
	return c.Right != nil && c.Right.Grant != nil && c.Right.Terminal == x.identity.Terminal
}

func (x *Exchange) passOver(key string) {
	if x.Forged != nil {
		x.Forged(key)
	}
}

// handBackPublished gives a restored headquarters what it published and stopped
// after its backup: what was sold under it is posted under it. It comes before the
// entries.
func (x *Exchange) handBackPublished(ctx context.Context) error {
	published, err := x.outbox.Published(ctx)
	if err != nil {
		return fmt.Errorf("hand back what was published: %w", err)
	}
	line, err := x.line(ctx)
	if err != nil {
		return err
	}
	var all []wire.Publication // what is damaged, or was never its, would be refused
	for _, p := range published.Programs {
		if p.SignedBy(line) {
			all = append(all, wire.Publication{Program: &p})
		}
	}
	for _, s := range published.Stops {
		if s.SignedBy(line) {
			all = append(all, wire.Publication{Stop: &s})
		}
	}
	for _, one := range all {
		if known, err := x.sayPublication(ctx, one); err != nil || !known {
			return err
		}
	}
	return nil
}

// sayPublication reports whether headquarters knows the path.
func (x *Exchange) sayPublication(ctx context.Context, one wire.Publication) (known bool, err error) {
	message, err := json.Marshal(one)
	if err != nil {
		return false, err
	}
	var taken wire.TakenBack
	err = x.ask(ctx, http.MethodPost, wire.PublicationPath, message, &taken)
	if x.manner.lacks(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("hand back what was published: %w", err)
	}
	return true, nil
}
