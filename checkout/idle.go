package checkout

// Idle reports whether nobody is being served: what governs a sale may change
// then.
func (c *Counter) Idle() bool { return c.state == idle }
