// Package programtext writes a loyalty program, and what changes in it, in plain words.
package programtext

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// pageColumns is how wide text is that people read at a terminal.
const pageColumns = 80

// page is text under construction, none of it wider than the page unless a
// word is.
type page struct{ strings.Builder }

// heading begins a section.
func (p *page) heading(text string) { fmt.Fprintf(p, "\n%s\n", strings.ToUpper(text)) }

// paragraph writes text behind a mark; further lines begin below its first
// word.
func (p *page) paragraph(mark, text string) {
	indent := utf8.RuneCountInString(mark)
	at := indent
	p.WriteString(mark)
	for i, word := range strings.Fields(text) {
		width := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+width > pageColumns:
			p.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		default:
			p.WriteByte(' ')
			at++
		}
		p.WriteString(word)
		at += width
	}
	p.WriteByte('\n')
}

// item writes a sentence with where it stands in the file.
func (p *page) item(text, id string) {
	if id != "" {
		text += " [" + id + "]"
	}
	p.paragraph("  - ", text)
}

// named writes what is said of each of some names, in two columns.
func (p *page) named(names []string, words func(i int) string) {
	widest := 0
	for _, name := range names {
		widest = max(widest, utf8.RuneCountInString(name))
	}
	for i, name := range names {
		p.paragraph(fmt.Sprintf("  %-*s  ", widest, name), words(i))
	}
}

// Summary is a program for people.
func Summary(s loyalty.Summary) string {
	p := &page{}
	fmt.Fprintf(p, "%s, version %d, in %s\n", s.Program, s.Version, s.Currency)
	p.paragraph("", fmt.Sprintf("Announced on %s, in force from %s. %s", loyalty.English.DateWords(s.Announced), loyalty.English.DateWords(s.Effective), noticeText(s.Notice)))
	p.warnings(s.Warnings)
	p.units(s.Units)
	p.levels(s.Tiers)
	p.rules(s)
	p.rewards(s.Rewards)
	p.limits(s.Limits)
	p.givesBack(s.GivesBack)
	p.policy(s)
	return p.String()
}

func noticeText(notice string) string {
	if notice == "" {
		return "Members need not be told before."
	}
	return "Members are told " + notice + " before."
}

func (p *page) warnings(all []loyalty.Warning) {
	if len(all) == 0 {
		return
	}
	p.heading("Look at this first")
	for _, w := range all {
		p.item(w.Text, w.ID)
	}
}

func (p *page) units(units []loyalty.UnitSummary) {
	p.heading("What members collect")
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = u.ID
	}
	p.named(names, func(i int) string {
		words := strings.Join(units[i].Words, "; ")
		if worth := units[i].Worth; worth != nil && worth.Words != "" {
			words += "; worth " + worth.Words + " [" + units[i].BestFor + "]"
		}
		return words
	})
}

func (p *page) levels(t *loyalty.TiersSummary) {
	if t == nil {
		return
	}
	p.heading("Levels")
	p.paragraph("  ", sentence(t.Words))
	names := make([]string, len(t.Levels))
	for i, l := range t.Levels {
		names[i] = l.ID
	}
	p.named(names, func(i int) string { return t.Levels[i].Words })
}

func (p *page) rules(s loyalty.Summary) {
	p.heading("How members earn")
	p.paragraph("  ", s.Eligible+". Amounts are after discounts and without tax, unless they say otherwise.")
	for _, r := range s.Rules {
		p.item(r.Words, r.ID)
	}
}

func (p *page) rewards(rewards []loyalty.RewardSummary) {
	p.heading("What members can have")
	if len(rewards) == 0 {
		p.paragraph("  ", "Nothing yet.")
	}
	for _, r := range rewards {
		words := r.Words
		if r.Worth != nil && r.Worth.Words != "" {
			words += "; worth " + r.Worth.Words
		}
		p.item(words, r.ID)
	}
}

func (p *page) limits(limits []loyalty.LimitSummary) {
	if len(limits) == 0 {
		return
	}
	p.heading("Limits, for each member")
	for _, l := range limits {
		words := l.Words
		if len(l.Of) > 0 {
			words += ", for " + andList(l.Of)
		}
		p.item(words, l.ID)
	}
}

func (p *page) givesBack(g loyalty.GivesBack) {
	p.heading("What it gives back")
	p.paragraph("  ", sentence(g.Words))
	for _, how := range g.How {
		p.item(how, "")
	}
	if len(g.Beside) == 0 {
		return
	}
	p.paragraph("  ", "Not in this rate:")
	for _, b := range g.Beside {
		p.item(b.Words, b.ID)
	}
}

func (p *page) policy(s loyalty.Summary) {
	p.heading("How it is run")
	p.item("To earn: "+s.Proof.Earn, "proof")
	if s.Proof.Detached != "" {
		p.item(sentenceStart(s.Proof.Detached), "proof")
	}
	p.item("To spend: "+s.Proof.Redeem, "proof")
	p.item(s.Claim, "claim")
	p.paragraph("  ", "Without a network [offline]:")
	for _, words := range s.Offline {
		p.item(sentenceStart(words), "")
	}
}

func sentence(text string) string { return sentenceStart(text) + "." }

func sentenceStart(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func andList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
