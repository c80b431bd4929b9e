package offline

import (
	"context"
	"fmt"
)

// CloseDay makes the journal what it should be over night: what stands in its
// write-ahead log moves into the database, and the mark remembers the head.
// Sales go on meanwhile. folded is false where somebody was reading: what was
// written is as durable as before, and the next close moves the rest.
func (s *Store) CloseDay(ctx context.Context) (folded bool, err error) {
	folded, err = s.journal.Checkpoint(ctx)
	if err != nil {
		return false, fmt.Errorf("close day: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writeMark(); err != nil {
		return false, fmt.Errorf("close day: %w", err)
	}
	return folded, nil
}
