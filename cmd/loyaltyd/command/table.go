package command

import (
	"fmt"
	"io"
	"strings"

	"github.com/loyaltyd/loyaltyd/receipt"
)

// table is a list for people, in columns that are as wide as what stands in them,
// also where letters take two cells or none.
type table [][]string

func (t *table) row(cells ...string) { *t = append(*t, cells) }

// write lays the rows out, two spaces between columns.
func (t table) write(w io.Writer) error {
	var widths []int
	for _, row := range t {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], receipt.Cells(cell))
		}
	}
	var text strings.Builder
	for _, row := range t {
		line := ""
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-receipt.Cells(cell)+2)
		}
		fmt.Fprintln(&text, strings.TrimRight(line, " "))
	}
	_, err := io.WriteString(w, text.String())
	return err
}
