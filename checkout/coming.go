package checkout

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

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
		notes = append(notes, receipt.FriendCode(t.Language, code))
	}
	if next := t.Programs.Announced(e.At.Time()); next != nil {
		notes = append(notes, receipt.NewRules(t.Language, next.Effective()))
	}
	return notes
}

// Heading adds to a paper's header the language, and what the program says of its entry.
func (t *Till) Heading(h receipt.Header, e *ledger.Entry) receipt.Header {
	program := t.Programs.Of(e)
	h.Language, h.Counters, h.Amounts, h.Notes = t.Language, program.Counters(), program.Amounts(), t.Notes(e)
	return h
}

// turnEvery is how long the greeting and what else is to be said while nobody is
// served stand in turn. What is longer than the glass runs past once, a cell each
// quarter of a second.
const turnEvery = 6 * time.Second

// turn lets the greeting, the shop's messages and what is announced take turns
// while nobody is served, unless something else is to stay in sight.
func (c *Counter) turn(now time.Time) {
	if c.state != idle || c.remarked || c.kept {
		return
	}
	messages := c.Messages
	if next := c.Till.Programs.Announced(now); next != nil {
		messages = append(slices.Clip(messages), fmt.Sprintf(c.say().newRules, c.shortDay(next)))
	}
	if said := onTurn(messages, now); said != c.announced {
		c.announced = said
		c.show()
	}
}

// onTurn is the message whose turn it is; empty is the greeting's. The clock alone
// decides, so that all displays of a shop say the same.
func onTurn(messages []string, now time.Time) string {
	round := turnEvery
	for _, message := range messages {
		round += stands(message)
	}
	into := time.Duration(now.UnixMilli()) * time.Millisecond % round
	into -= turnEvery
	for _, message := range messages {
		if into < 0 {
			break
		}
		if into < stands(message) {
			return message
		}
		into -= stands(message)
	}
	return ""
}

func stands(message string) time.Duration {
	cells := utf8.RuneCountInString(message)
	if cells <= columns {
		return turnEvery
	}
	return turnEvery + time.Duration(cells)*time.Second/4
}

// shortDay is a version's first day in six cells.
func (c *Counter) shortDay(p *loyalty.Program) string {
	day, _ := time.Parse(time.DateOnly, string(p.Effective())) // a Date is well formed
	return c.Till.Language.ShortDay(day)
}

// Keep says that somebody else has put on the display what is to stay there
// until the next key.
func (c *Counter) Keep() { c.kept = true }

// greeting is the upper line while nobody is served.
func (c *Counter) greeting() string {
	if utf8.RuneCountInString(c.announced) > columns {
		return c.announced // runs past
	}
	return both(cmp.Or(c.announced, c.Greeting), "")
}
