package offline

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// AcceptClock believes our clock as it stands, after a person looked at it:
// what was past by the highest time seen until now stays past. It returns that
// time and the one believed from now on.
func (s *Store) AcceptClock(ctx context.Context) (seen, accepted ledger.Millis, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.write(ctx, func(p *pen) error {
		seen, accepted = p.exchange.clock.mark, ledger.MillisOf(p.now)
		if err := p.closePast(seen); err != nil {
			return err
		}
		if err := p.setClock(accepted); err != nil {
			return err
		}
		return p.exchange.save(p.tx)
	})
	if err != nil {
		return seen, accepted, fmt.Errorf("accept clock: %w", err)
	}
	return seen, accepted, s.writeMark()
}
