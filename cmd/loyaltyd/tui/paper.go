package tui

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/api/screen"
)

// paperShown is the receipt at the right: of what was told just now, or of the sale
// that is looked at; and its heading.
func (m *Model) paperShown() (lines []string, heading string) {
	if paper, looking := m.paper(); looking {
		return paper.Text, m.t("receipt_number", "Number", paper.Receipt)
	}
	if done := m.now.Conversation.Done; done != nil {
		return done.Text, m.t("receipt")
	}
	return nil, ""
}

func (m *Model) right(cells, rows int) []string {
	paper, heading := m.paperShown()
	if paper == nil {
		return m.sales(cells, rows)
	}
	lines := []string{m.look.quiet.Render(heading)}
	for i, line := range paper {
		if i == rows-2 && len(paper) > rows-1 {
			return append(lines, m.look.quiet.Render("⋮"))
		}
		lines = append(lines, m.onPaper(line))
	}
	return lines
}

// onPaper draws a line of a receipt.
func (m *Model) onPaper(line string) string {
	if line != "" && strings.Trim(line, "-") == "" {
		return m.look.quiet.Render(strings.Repeat("─", len(line)))
	}
	return line
}

// sales are the last sales, as many as there is room for.
func (m *Model) sales(cells, rows int) []string {
	lines := []string{m.look.quiet.Render(m.t("last_sales")), ""}
	if len(m.now.Sold) == 0 {
		return append(lines, m.look.quiet.Render(m.t("no_sales")))
	}
	for _, s := range m.now.Sold {
		if len(lines) == rows {
			break
		}
		lines = append(lines, m.sale(s, cells))
	}
	return lines
}

// sale is one of them in a line: when, who, how much, and what it gave, or that it
// was taken back.
func (m *Model) sale(s screen.Sold, cells int) string {
	const total, gave = 9, 12
	who, given := s.Member, m.look.good.Render(between("", cut(s.Points, gave), gave))
	if who == "" {
		who = m.t("nobody")
	}
	if s.Kind != "sale" {
		given = m.look.waits.Render(between("", cut(m.t("kind_"+s.Kind), gave), gave))
	}
	when := s.Time[max(len(s.Time)-len("15:04"), 0):] // the order tells the days apart
	name := cells - len(when) - total - gave - 3
	return m.look.quiet.Render(when) + " " + pad(cut(who, name), name) + " " + between("", cut(s.Total, total), total) + " " + given
}
