package report

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// PaperLine is one line of the day-close paper, to be laid out for its width.
type PaperLine struct {
	Left, Right string
	Bold        bool
	Rule        bool // a line across the paper; nothing else is set
}

// Paper is the report for a receipt printer, in a language: the sums, each operator's, and
// the journal's head, by which `loyaltyd verify --head` tells years later that
// nothing before it was changed.
func (d Day) Paper(in loyalty.Language) []PaperLine {
	t := d.tells(in)
	out := []PaperLine{{Left: t.day, Right: in.Date(d.Day), Bold: true}, {Left: d.Until(in)}, {Rule: true}}
	for _, l := range d.All.lines(t) {
		out = append(out, l.onPaper())
	}
	if len(d.Operators) > 1 {
		for _, o := range d.Operators {
			out = append(out, o.paper(t)...)
		}
	}
	out = append(out, PaperLine{Rule: true})
	for _, l := range d.made(t) {
		out = append(out, PaperLine{Left: l.label, Right: l.number})
	}
	if d.Head.Hash.IsZero() {
		return append(out, PaperLine{Left: t.emptyJournal})
	}
	return append(out,
		PaperLine{Left: t.head, Right: fmt.Sprintf("%d.%d", d.Head.Epoch, d.Head.Seq), Bold: true},
		PaperLine{Left: t.check, Right: ShortHash(d.Head.Hash), Bold: true},
		PaperLine{Left: groups(d.Head.Hash.String(), 8)})
}

// onPaper puts the count beside the words where an amount takes the right.
func (l line) onPaper() PaperLine {
	switch {
	case l.money == "":
		return PaperLine{Left: l.label, Right: l.number}
	case l.number == "":
		return PaperLine{Left: l.label, Right: l.money}
	}
	return PaperLine{Left: l.label + ": " + l.number, Right: l.money}
}

// paper is one operator's share.
func (o Operator) paper(t teller) []PaperLine {
	out := []PaperLine{{Rule: true}, {Left: t.operator, Right: clean(o.ID), Bold: true}}
	for _, l := range o.lines(t) {
		if !l.nothing && (l.number != "0" || l.money != "" && l.number == "") {
			out = append(out, l.onPaper())
		}
	}
	return out
}
