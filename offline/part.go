package offline

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// AddPart keeps a part of a hub's right, which the caller checked, with an entry
// that says so: whoever has a spend of it has that before. One that is known, or
// bound to another branch, changes nothing.
func (s *Store) AddPart(ctx context.Context, part ledger.SignedEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.write(ctx, func(p *pen) error { return p.addPart(part) })
	if err != nil {
		return fmt.Errorf("add part: %w", err)
	}
	return nil
}

func (p *pen) addPart(part ledger.SignedEntry) error {
	split, err := ledger.Decode(part.Body)
	if err != nil {
		return err
	}
	if split.Kind != ledger.Split {
		return errors.New("it splits nothing")
	}
	if !p.mine(split.Right) {
		return nil
	}
	added, err := p.insertRight(split, part)
	if err != nil || !added {
		return err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Part, At: ledger.MillisOf(p.now),
		Store: p.store.opts.Store, Operator: p.store.opts.Operator, Subject: split.Subject, Part: &part,
	}
	body, err := e.Encode()
	if err != nil {
		return err
	}
	return p.put(e, body, 0)
}
