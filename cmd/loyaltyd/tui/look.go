package tui

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// look is how things look. Where there is no color, weight and words tell the same.
type look struct {
	strong, quiet, accent, good, waits, bad, key, alert lipgloss.Style
}

// lookOn gives the look on a dark or a light background.
func lookOn(dark bool) look {
	pick := lipgloss.LightDark(dark)
	ink := func(light, dark string) lipgloss.Style {
		return lipgloss.NewStyle().Foreground(pick(lipgloss.Color(light), lipgloss.Color(dark)))
	}
	return look{
		strong: lipgloss.NewStyle().Bold(true),
		quiet:  ink("241", "245"),
		accent: ink("#0b57d0", "#8ab4f8").Bold(true),
		good:   ink("#146c2e", "#81c995"),
		waits:  ink("#8a5300", "#fdd663"),
		bad:    ink("#b3261e", "#f28b82").Bold(true),
		key:    ink("#0b57d0", "#8ab4f8").Bold(true),
		alert:  ink("#b3261e", "#f28b82").Bold(true).Reverse(true),
	}
}

// cut cuts a text to so many cells, and shows that it did.
func cut(text string, cells int) string {
	if lipgloss.Width(text) <= cells {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if lipgloss.Width(b.String()+string(r)) > cells-1 {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}

// pad fills a line with spaces, behind its text.
func pad(line string, cells int) string {
	return line + strings.Repeat(" ", max(cells-lipgloss.Width(line), 0))
}

// between puts one text at the left of a line and one at its right.
func between(left, right string, cells int) string {
	return pad(left, cells-lipgloss.Width(right)) + right
}

// wrap breaks a text into lines.
func wrap(style lipgloss.Style, text string, cells int) (lines []string) {
	for line := range strings.SplitSeq(lipgloss.Wrap(text, cells, ""), "\n") {
		lines = append(lines, style.Render(line))
	}
	return lines
}
