package checkout

import "context"

// offer shows the menu, where there is anything to choose.
func (c *Counter) offer() {
	if c.state == selling {
		c.offerHers()
		return
	}
	if c.state != idle || c.CloseDay == nil && !c.staffed() {
		return
	}
	c.state = choosing
	c.show()
}

// choose does what a digit stands for.
func (c *Counter) choose(ctx context.Context, digit byte) {
	switch {
	case digit == '2' && c.staffed():
		c.askOperator()
		return
	case digit != '1' || c.CloseDay == nil:
		return
	}
	if err := c.CloseDay(ctx); err != nil {
		c.Failed(err)
		c.end("Day not closed", "or call the manager")
		return
	}
	c.reset()
}

// menu is what there is to choose.
func (c *Counter) menu() string {
	switch {
	case !c.staffed():
		return "1 Day close"
	case c.Till.Staff.OnDuty() != "":
		return "1 Day close 2 Off"
	}
	return "1 Day close 2 On"
}
