package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Adjusted is what was changed by hand of a unit: out of program:adjusted, or
// into it.
type Adjusted struct {
	Times    int64         `json:"times"`
	Given    ledger.Points `json:"given"`
	Taken    ledger.Points `json:"taken"`
	Approved int64         `json:"approved"` // of Times: those that a manager let be
	Reasons  []Reason      `json:"reasons"`  // the most frequent first
}

// Reason is why something was changed by hand, as it was written, and how often
// that was said.
type Reason struct {
	Reason string `json:"reason"`
	Times  int64  `json:"times"`
}

const (
	// mostReasons bounds how many are told to people; JSON and CSV have all.
	mostReasons = 5
	// reasonWidth is how much of each of them is.
	reasonWidth = 40
)

// adjusting adds an adjustment up.
func (t *tally) adjusting(e *ledger.Entry, program string) (err error) {
	for _, p := range e.Postings {
		a := &t.of(program, p.Unit).Adjusted
		switch {
		case p.From == ledger.Adjusted:
			err = errors.Join(err, more(&a.Given, p.Amount))
		case p.To == ledger.Adjusted:
			err = errors.Join(err, more(&a.Taken, p.Amount))
		default:
			continue
		}
		a.Times++
		if e.Approver != "" {
			a.Approved++
		}
		a.because(e.Adjust.Reason, 1)
	}
	return err
}

func (a *Adjusted) because(reason string, times int64) {
	i := slices.IndexFunc(a.Reasons, func(r Reason) bool { return r.Reason == reason })
	if i < 0 {
		i, a.Reasons = len(a.Reasons), append(a.Reasons, Reason{Reason: reason})
	}
	a.Reasons[i].Times += times
}

// inOrder puts the most frequent reason first.
func (a *Adjusted) inOrder() {
	slices.SortFunc(a.Reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), strings.Compare(a.Reason, b.Reason))
	})
}

// told are the reasons in words for people, and how often there was another.
func (a Adjusted) told(t teller) (words []Reason) {
	var others int64
	for i, r := range a.Reasons {
		if i >= mostReasons {
			others += r.Times
			continue
		}
		text := clean(r.Reason)
		if utf8.RuneCountInString(text) > reasonWidth {
			text = string([]rune(text)[:reasonWidth-1]) + "…"
		}
		words = append(words, Reason{text, r.Times})
	}
	if others > 0 {
		words = append(words, Reason{t.otherReasons, others})
	}
	return words
}

// handLines are the adjustments of a unit that is called so; none where there was
// none.
func (u Units) handLines(name string, t teller) []line {
	a := u.Adjusted
	if a.Times == 0 {
		return nil
	}
	out := []line{u.line(capital(fmt.Sprintf(t.handGiven, name)), a.Given, t.amounts), u.line(capital(fmt.Sprintf(t.handTaken, name)), a.Taken, t.amounts)}
	for _, r := range a.told(t) {
		out = append(out, line{label: "  " + r.Reason, number: count(r.Times)})
	}
	return out
}

// writeAdjusted is a line for each operator and unit, and below them why.
func (d Day) writeAdjusted(b *strings.Builder) {
	rows := [][]string{{"Operator", "unit", "by hand", "given", "taken", "approved"}}
	var why []string
	for _, o := range d.Operators {
		for _, u := range o.Units {
			a := u.Adjusted
			if a.Times == 0 {
				continue
			}
			rows = append(rows, []string{
				o.name(), u.name(), count(a.Times), d.amounts.Number(u.Unit, a.Given), d.amounts.Number(u.Unit, a.Taken), count(a.Approved),
			})
			for _, r := range a.told(d.tells(loyalty.English)) {
				why = append(why, fmt.Sprintf("%s: %s (%d)", o.name(), r.Reason, r.Times))
			}
		}
	}
	if len(rows) == 1 {
		return
	}
	b.WriteByte('\n')
	writeGrid(b, rows)
	for _, line := range why {
		fmt.Fprintln(b, line)
	}
}

// adjustedColumns are the CSV's of a unit's adjustments.
var adjustedColumns = []string{"adjusted", "adjusted_given", "adjusted_taken", "adjusted_approved", "adjusted_reasons"}

func (u Units) handCells(amounts loyalty.Amounts) []string {
	a := u.Adjusted
	var reasons []string
	for _, r := range a.Reasons {
		reasons = append(reasons, fmt.Sprintf("%s (%d)", r.Reason, r.Times))
	}
	return []string{count(a.Times), amounts.Number(u.Unit, a.Given), amounts.Number(u.Unit, a.Taken), count(a.Approved), inert(strings.Join(reasons, "; "))}
}
