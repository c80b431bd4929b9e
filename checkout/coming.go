package checkout

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// Notes are the sentences that end a sale's receipt: her code for friends, and
// what was announced when it was made, so that a copy says the same.
func (t *Till) Notes(e *ledger.Entry) []string {
	if e.Sale == nil {
		return nil
	}
	var notes []string
	account, _ := e.Subject.Account()
	if code := friendCode(t.Programs.Of(e), account); code != "" {
		notes = append(notes, receipt.FriendCode(code))
	}
	if next := t.Programs.Announced(e.At.Time()); next != nil {
		notes = append(notes, receipt.NewRules(next.Effective()))
	}
	return notes
}

// Heading adds to a paper's header what the program says of its entry.
func (t *Till) Heading(h receipt.Header, e *ledger.Entry) receipt.Header {
	program := t.Programs.Of(e)
	h.Counters, h.Amounts, h.Notes = program.Counters(), program.Amounts(), t.Notes(e)
	return h
}

// turnEvery is how long the greeting and what is announced stand in turn.
const turnEvery = 6 * time.Second

// turn lets the greeting and what is announced take turns while nobody is
// served, unless something else is to stay in sight.
func (c *Counter) turn(now time.Time) {
	if c.state != idle || c.remarked || c.kept {
		return
	}
	before := c.announced
	c.announced = ""
	if next := c.Till.Programs.Announced(now); next != nil && now.UnixMilli()/turnEvery.Milliseconds()%2 == 1 {
		c.announced = "New rules on " + shortDay(next)
	}
	if c.announced != before {
		c.show()
	}
}

// shortDay is a version's first day in six cells.
func shortDay(p *loyalty.Program) string {
	day, _ := time.Parse(time.DateOnly, string(p.Effective())) // a Date is well formed
	return day.Format("2 Jan")
}

// Keep says that somebody else has put on the display what is to stay there
// until the next key.
func (c *Counter) Keep() { c.kept = true }

// greeting is the upper line while nobody is served.
func (c *Counter) greeting() string {
	if c.announced != "" {
		return c.announced
	}
	return c.Greeting
}
