package device

import "time"

// Waits returns the first n waits of a device that never opens.
func Waits(n int) []time.Duration {
	var b backoff
	waits := make([]time.Duration, n)
	for i := range waits {
		waits[i] = b.next()
	}
	return waits
}

// WaitAfter returns the wait after a session that followed many failures.
func WaitAfter(session time.Duration) time.Duration {
	b := backoff{ceiling: maxWait}
	b.ended(session)
	return b.next()
}
