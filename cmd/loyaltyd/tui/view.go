package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/loyaltyd/loyaltyd/api/screen"
)

const (
	// paperWidth is what the right side has at least: a receipt's columns, as most
	// printers have them.
	paperWidth = 42
	// leastLeft is what the conversation needs beside it; on a narrower screen it
	// stands alone.
	leastLeft = 28
)

// View implements tea.Model.
func (m *Model) View() tea.View {
	v := tea.NewView(m.screen())
	v.AltScreen = true
	v.WindowTitle = m.now.Store + " · " + m.now.Till
	return v
}

func (m *Model) screen() string {
	rule := m.look.quiet.Render(strings.Repeat("─", max(m.width, 1)))
	top := append(m.header(), m.notices()...)
	top = append(top, rule)
	bottom := []string{rule, " " + m.helpKeys(), " " + m.helpScreen()}
	rows := max(m.height-len(top)-len(bottom), 1)
	all := append(top, m.body(rows)...)
	return strings.Join(append(all, bottom...), "\n")
}

// header names the till, who sells, and how the till stands, in one line where there
// is room.
func (m *Model) header() []string {
	name := m.now.Store + " · " + m.now.Till
	if m.now.Operator != "" {
		name += " · " + m.now.Operator
	}
	name, badge := m.look.strong.Render(cut(name, m.width-2)), m.badge()
	if lipgloss.Width(name)+lipgloss.Width(badge)+4 > m.width {
		return []string{" " + name, " " + badge}
	}
	return []string{between(" "+name, badge+" ", m.width)}
}

func (m *Model) badge() string {
	b := m.now.Badge
	sign, style := "●", m.look.good
	switch {
	case m.away:
		return m.look.bad.Render("✕")
	case b.Level == "bad":
		sign, style = "✕", m.look.bad
	case b.Level == "waits":
		sign, style = "○", m.look.waits
	}
	text := sign + " " + m.t(b.Text(), "Since", b.Since)
	if b.Unsent > 0 {
		text += " · " + m.t("badge_unsent", "Count", b.Unsent)
	}
	return style.Render(text)
}

// notices are what somebody has to know who looks at nothing else.
func (m *Model) notices() (lines []string) {
	notice := func(style lipgloss.Style, text string) {
		for line := range strings.SplitSeq(lipgloss.Wrap(text, max(m.width-2, 1), ""), "\n") {
			lines = append(lines, style.Render(pad(" "+line, m.width)))
		}
	}
	switch {
	case m.away:
		notice(m.look.alert, m.t("away_here"))
	case m.back:
		notice(m.look.waits, m.t("back_again"))
	}
	var trouble []string
	for _, d := range m.now.Badge.Trouble {
		status := d.Status
		if status == "" {
			status = m.t("device_off")
		}
		trouble = append(trouble, d.Name+": "+status)
	}
	if len(trouble) > 0 {
		notice(m.look.bad, "✕ "+strings.Join(trouble, " · "))
	}
	return lines
}

// body is the conversation, and beside it what was sold last or a receipt.
func (m *Model) body(rows int) []string {
	paper, _ := m.paperShown()
	right := paperWidth
	for _, line := range paper {
		right = max(right, lipgloss.Width(line))
	}
	left := m.width - right - 4
	switch _, looking := m.paper(); {
	case left < leastLeft && looking:
		return fill(m.right(m.width-2, rows), rows)
	case left < leastLeft:
		return fill(m.left(m.width-2, rows), rows)
	}
	lefts, rights := m.left(left, rows), m.right(right, rows)
	lines := make([]string, rows)
	bar := m.look.quiet.Render("│")
	for i := range lines {
		lines[i] = " " + pad(at(lefts, i), left) + " " + bar + " " + at(rights, i)
	}
	return lines
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// fill makes so many rows of lines, each behind a margin.
func fill(lines []string, rows int) []string {
	out := make([]string, rows)
	for i := range out {
		out[i] = " " + at(lines, i)
	}
	return out
}

// helpKeys are the keys that do something now.
func (m *Model) helpKeys() string {
	var parts []string
	add := func(letter, text string) {
		parts = append(parts, m.look.key.Render(letter)+" "+text)
	}
	if paper, looking := m.paper(); looking {
		add("Esc", m.t("close"))
		if keyed(paper) != "" {
			add("D", m.t("key_copy"))
		}
		if returnable(paper) {
			add("E", m.t("key_return"))
		}
		return strings.Join(parts, "   ")
	}
	if m.away {
		return ""
	}
	c := m.now.Conversation
	if c.Primary.Press != "" {
		add(c.Primary.Letter, m.t(c.Primary.Text()))
	}
	if c.Sum != nil && len(c.Sum.Offers) > 0 {
		add("A", m.t(redeemKey(c.Sum.Offers)))
	}
	for _, key := range c.Keys {
		add(key.Letter, m.t(key.Text()))
	}
	return strings.Join(parts, "   ")
}

// redeemKey is what A does: where a reward is set aside, it gives that back.
func redeemKey(offers []screen.Choice) string {
	if slices.ContainsFunc(offers, func(o screen.Choice) bool { return o.Taken }) {
		return "key_unredeem"
	}
	return "key_redeem"
}

// helpScreen are the keys of the screen itself.
func (m *Model) helpScreen() string {
	var parts []string
	if n := m.offered(); n > 0 {
		parts = append(parts, letters(n)+" "+m.t("key_choose"))
	}
	if len(m.now.Sold) > 0 {
		parts = append(parts, "↑↓ "+m.t("last_sales"))
	}
	parts = append(parts, "Ctrl+C "+m.t("key_leave"))
	return m.look.quiet.Render(strings.Join(parts, "   "))
}

// offered is how many offers have a letter.
func (m *Model) offered() int {
	if m.now.Conversation.Sum == nil {
		return 0
	}
	return min(len(m.now.Conversation.Sum.Offers), len(rewardLetters))
}

func letters(n int) string {
	if n == 1 {
		return rewardLetters[:1]
	}
	return rewardLetters[:1] + "–" + rewardLetters[n-1:n]
}
