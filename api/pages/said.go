package pages

import "strings"

// said is what a line display says, in the reader's language: each line that is
// known as a whole, and otherwise as it stands there.
func (f frame) said(lines ...string) string {
	var said []string
	for _, line := range lines {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			continue
		}
		if id := "said " + line; f.Has(id) {
			text, err := f.T(id)
			if err == nil {
				line = text
			}
		}
		said = append(said, line)
	}
	return strings.Join(said, " · ")
}
