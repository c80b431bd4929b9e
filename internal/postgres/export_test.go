package postgres

import "time"

// Patience makes a lead take over from one that is silent for so long.
func (l *Lead) Patience(d time.Duration) { l.patience = d }
