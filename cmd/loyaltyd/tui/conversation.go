package tui

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/loyaltyd/loyaltyd/api/pages"
	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// displayWidth is what a line display shows.
const displayWidth = 20

// column gathers lines of a width.
type column struct {
	cells int
	lines []string
}

func (c *column) add(style lipgloss.Style, text string) {
	c.lines = append(c.lines, wrap(style, text, c.cells)...)
}

func (c *column) gap() { c.lines = append(c.lines, "") }

// left is the conversation, and at its foot what the customer sees. Of a till that
// does not answer it is nothing: what was seen last may be over.
func (m *Model) left(cells, rows int) []string {
	if m.away {
		return nil
	}
	display := m.display(cells)
	c := &column{cells: cells}
	m.converse(c)
	room := rows - len(display)
	if room < 1 {
		return c.lines
	}
	if len(c.lines) > room { // rather no gaps than no rewards
		c.lines = slices.DeleteFunc(c.lines, func(line string) bool { return line == "" })
	}
	if len(c.lines) > room {
		c.lines = append(c.lines[:room-1], m.look.quiet.Render("⋮"))
	}
	for len(c.lines) < room {
		c.gap()
	}
	return append(c.lines, display...)
}

func (m *Model) converse(c *column) {
	now := m.now.Conversation
	c.add(m.look.accent, m.prompt())
	if now.Passing {
		c.add(m.look.waits, pages.Said(m.words, now.Shown[0], now.Shown[1]))
	}
	m.field(c)
	if now.Who != nil {
		m.who(c, *now.Who)
	}
	if now.Back != nil {
		m.goods(c, *now.Back)
	}
	if now.Sum != nil {
		m.sum(c, *now.Sum)
		m.offers(c, *now.Sum)
	}
	if now.Done != nil {
		m.told(c, *now.Done)
	}
	if now.Stage == checkout.StageIdle {
		c.gap()
		c.add(m.look.quiet, m.t("hint_idle_here"))
	}
}

// prompt says what the counter waits for, or what it told without a paper.
func (m *Model) prompt() string {
	now := m.now.Conversation
	if now.Stage == checkout.StageDone && now.Done == nil {
		return pages.Said(m.words, now.Shown[0], now.Shown[1])
	}
	return m.t("stage_" + string(now.Stage))
}

// field is what is being keyed beside an amount, or asked about.
func (m *Model) field(c *column) {
	now := m.now.Conversation
	switch {
	case now.Stage == checkout.StageUnknown:
		c.gap()
		c.add(m.look.strong, now.Number)
		c.add(m.look.quiet, m.t("hint_unknown"))
	case now.Stage == checkout.StageAdding:
		c.gap()
		c.add(m.look.strong, now.Card)
	case now.Keying() && now.Field != "":
		c.gap()
		c.add(m.look.strong, now.Field+"▏")
	case now.Keying():
		c.gap()
		c.add(m.look.quiet, m.t("field_"+string(now.Stage)))
	}
}

func (m *Model) who(c *column, w screen.Who) {
	c.gap()
	c.add(m.look.strong, w.Name)
	var chips []string
	if w.Tier != "" {
		chips = append(chips, loyalty.NameWords(w.Tier))
	}
	chips = append(chips, m.t("proof_"+w.Proof))
	if w.Household > 0 {
		chips = append(chips, m.t("household", "Count", w.Household))
	}
	c.add(m.look.quiet, strings.Join(chips, " · "))
	c.add(m.look.strong, w.Balance)
	known := []string{m.t("spendable_here", "Amount", w.Spendable)}
	if w.Pending != "" {
		known = append(known, m.t("pending", "Amount", w.Pending))
	}
	if w.Owed != "" {
		known = append(known, m.t("owed", "Amount", w.Owed))
	}
	if w.AsOf != "" {
		known = append(known, m.t("as_of", "Time", w.AsOf))
	}
	c.add(m.look.quiet, strings.Join(known, " · "))
}

func (m *Model) goods(c *column, b screen.Back) {
	c.gap()
	c.add(m.look.strong, m.t("receipt_number", "Number", b.Receipt))
	c.add(m.look.strong, b.Left)
	c.add(m.look.quiet, m.t("left_of_it")+" · "+b.Time)
}

func (m *Model) sum(c *column, s screen.Sum) {
	c.gap()
	if s.Amount == "" {
		c.add(m.look.quiet, m.t("amount")+"  0")
	} else {
		c.add(m.look.strong, m.t("amount")+"  "+s.Amount+"▏")
	}
	if s.Off != "" {
		c.add(m.look.good, m.t("off_pay", "Off", s.Off, "Pay", s.Pay))
	}
	if s.Amount == "" {
		return
	}
	for _, e := range s.Earns {
		c.add(m.look.good, m.t("earns", "Amount", e.Given))
		m.whys(c, e.Whys)
	}
	if len(s.Earns) == 0 {
		c.add(m.look.quiet, m.t("earns_nothing"))
	}
}

func (m *Model) whys(c *column, whys []string) {
	for _, why := range whys {
		c.add(m.look.quiet, "  "+why)
	}
}

func (m *Model) offers(c *column, s screen.Sum) {
	if len(s.Offers)+len(s.Refused) == 0 {
		return
	}
	c.gap()
	c.add(m.look.quiet, m.t("rewards"))
	for i, o := range s.Offers {
		if i < len(rewardLetters) {
			c.lines = append(c.lines, m.offer(o, rewardLetters[i:i+1], c.cells))
		}
	}
	for _, no := range s.Refused {
		c.add(m.look.quiet, "  "+no.Name+": "+no.Reason)
	}
}

func (m *Model) offer(o screen.Choice, letter string, cells int) string {
	what := o.Name
	if o.Value != "" {
		what += " −" + o.Value
	}
	cost := o.Cost
	switch {
	case o.Taken:
		cost = m.t("reward_set_aside")
	case o.Held:
		cost = m.t("reward_voucher")
	case o.Cost == "":
		cost = m.t("reward_free")
	}
	if o.Ask {
		cost += " · " + m.t("reward_ask")
	}
	sign, style := " ", m.look.strong
	if o.Taken {
		sign, style = "✓", m.look.good
	}
	cost = cut(cost, cells-lipgloss.Width(what)-6)
	return m.look.key.Render(letter) + " " + style.Render(sign+" "+what) + between("", m.look.quiet.Render(cost), cells-4-lipgloss.Width(what))
}

func (m *Model) told(c *column, d screen.Told) {
	c.gap()
	c.add(m.look.quiet, m.t("kind_"+d.Kind))
	c.add(m.look.strong, d.Total)
	for _, e := range d.Earned {
		c.gap()
		c.add(m.look.good.Bold(true), "+"+e.Given)
		m.whys(c, e.Whys)
	}
	if d.Balance == "" {
		return
	}
	c.gap()
	c.add(m.look.strong, m.t("balance_now", "Amount", d.Balance))
	if d.Pending != "" {
		c.add(m.look.quiet, m.t("pending", "Amount", d.Pending))
	}
}

// display is what the customer sees, in a frame.
func (m *Model) display(cells int) []string {
	inner := displayWidth
	for _, line := range m.now.Conversation.Shown {
		inner = min(max(inner, lipgloss.Width(line)), cells-4)
	}
	title := cut(m.t("display"), inner)
	quiet := m.look.quiet.Render
	lines := []string{quiet("╭ " + title + " " + strings.Repeat("─", inner-lipgloss.Width(title)) + "╮")}
	for _, line := range m.now.Conversation.Shown {
		lines = append(lines, quiet("│")+" "+pad(cut(strings.TrimRight(line, " "), inner), inner)+" "+quiet("│"))
	}
	return append(lines, quiet("╰"+strings.Repeat("─", inner+2)+"╯"))
}
