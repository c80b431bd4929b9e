package pages

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/page"
)

// Words are the texts of the pages in the language that fits best, for another screen
// of the cashier's.
func Words(wishes ...string) page.Words { return texts.In(wishes...) }

// Said is what a line display says, in the reader's language: each line that is
// known as a whole, and otherwise as it stands there.
func Said(words page.Words, lines ...string) string {
	var said []string
	for _, line := range lines {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			continue
		}
		if id := "said " + line; words.Has(id) {
			text, err := words.T(id)
			if err == nil {
				line = text
			}
		}
		said = append(said, line)
	}
	return strings.Join(said, " · ")
}
