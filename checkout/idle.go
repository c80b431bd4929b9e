package checkout

// Idle reports whether nobody is being served: what governs a sale may change
// then.
func (c *Counter) Idle() bool { return c.state == idle }

// Free reports whether the display can show something else: nobody is served, and
// nothing that was just asked for is answered on it.
func (c *Counter) Free() bool { return c.state == idle && !c.remarked }
