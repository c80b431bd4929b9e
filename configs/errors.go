package configs

import (
	"fmt"
	"strings"
)

// Error is everything wrong with a configuration; the command ends with 78.
type Error struct{ Problems []Problem }

// Problem is one thing wrong.
type Problem struct {
	Place string `json:"place"`         // "/etc/loyaltyd/till.yaml:12:3", "environment LOYALTYD_REGION", "flag", "default"
	Key   string `json:"key,omitempty"` // "api.listen"; empty where it is not about one
	Text  string `json:"text"`
}

func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return "configuration: " + strings.Join(lines, "\n               ")
}

// String gives place, key and text.
func (p Problem) String() string {
	var parts []string
	for _, part := range []string{p.Place, p.Key, p.Text} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ")
}

// problems collects what is wrong.
type problems []Problem

func (ps *problems) add(place, key, format string, args ...any) {
	*ps = append(*ps, Problem{place, key, fmt.Sprintf(format, args...)})
}

// about reports whether something was said of a key, or of what holds it.
func (ps problems) about(key string) bool {
	for _, p := range ps {
		if p.Key == key || p.Key != "" && strings.HasPrefix(key, p.Key) && strings.ContainsRune(".[", rune(key[len(p.Key)])) {
			return true
		}
	}
	return false
}

func (ps problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return &Error{ps}
}
