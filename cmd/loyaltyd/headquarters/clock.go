package headquarters

import (
	"time"
)

// AcceptedClock is `clock accept --json`.
type AcceptedClock struct {
	Seen     time.Time `json:"seen"` // the highest time until now, by which the clock was judged
	Accepted time.Time `json:"accepted"`
}
