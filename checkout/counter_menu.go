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
		c.end(c.say().dayNotClosed, c.say().callManager)
		return
	}
	c.reset()
}

// menu is what there is to choose.
func (c *Counter) menu() string {
	switch {
	case !c.staffed():
		return c.say().menuDay
	case c.Till.Staff.OnDuty() != "":
		return c.say().menuOff
	}
	return c.say().menuOn
}
