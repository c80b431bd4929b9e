package command

import (
	"strings"
	"testing"
)

// shellWords splits a line as a shell does, up to where it redirects.
func shellWords(line string) (words []string) {
	line, _, _ = strings.Cut(strings.TrimSpace(line), " > ")
	var word strings.Builder
	quote := rune(0)
	for _, c := range line + " " {
		switch {
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && c == ' ':
			words = append(words, word.String())
			word.Reset()
		default:
			word.WriteRune(c)
		}
	}
	return words
}

// Each example is a line that its command takes.
func TestExamples(t *testing.T) {
	for path, lines := range examples {
		for line := range strings.Lines(lines) {
			root := (&console{}).root()
			words := shellWords(line)
			command, rest, err := root.Find(words[1:])
			if err != nil || words[0] != "loyaltyd" || command.CommandPath() != "loyaltyd "+path {
				t.Errorf("%q is no %s: %v", line, path, err)
				continue
			}
			if err := command.ParseFlags(rest); err != nil {
				t.Errorf("%q: %v", line, err)
				continue
			}
			if err := command.ValidateArgs(command.Flags().Args()); err != nil {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
}
