package main

import (
	"time"
)

// acceptedClock is `clock accept --json`.
type acceptedClock struct {
	Seen     time.Time `json:"seen"` // the highest time until now, by which the clock was judged
	Accepted time.Time `json:"accepted"`
}
