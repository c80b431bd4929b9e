package configs

import (
	"net/url"
	"regexp"
)

// DatabaseURL is where a PostgreSQL database is. It prints without a password.
type DatabaseURL string

var passwordWord = regexp.MustCompile(`(?i)(\bpassword\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]*)`)

// String masks the password, in a URL or among words.
func (d DatabaseURL) String() string {
	text := string(d)
	if u, err := url.Parse(text); err == nil && u.User != nil {
		text = u.Redacted() // writes xxxxx
	} else if err != nil && regexp.MustCompile(`^\w+://`).MatchString(text) {
		return "***" // it cannot be read, and what of it is secret neither
	}
	return passwordWord.ReplaceAllString(text, "${1}***")
}
