package checkout

import "context"

// offer shows the menu, where there is anything to choose.
func (c *Counter) offer() {
	if c.state != idle || c.CloseDay == nil {
		return
	}
	c.state = choosing
	c.show()
}

// choose does what a digit stands for.
func (c *Counter) choose(ctx context.Context, digit byte) {
	if digit != '1' {
		return
	}
	if err := c.CloseDay(ctx); err != nil {
		c.Failed(err)
		c.end("Day not closed", "or call the manager")
		return
	}
	c.reset()
}
