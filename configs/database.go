package configs

import (
	"net/url"
	"regexp"
	"strings"
)

// DatabaseURL is where a PostgreSQL database is. It prints without a password.
type DatabaseURL string

var passwordWord = regexp.MustCompile(`(?i)(\bpassword\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]*)`)

// String masks the password, in a URL or among words.
func (d DatabaseURL) String() string {
	text := string(d)
	if u, err := url.Parse(text); err == nil && u.User != nil {
		text = strings.Replace(u.Redacted(), ":xxxxx@", ":***@", 1)
	} else if err != nil && strings.Contains(text, "://") {
		return "***" // what of it is secret cannot be told
	}
	return passwordWord.ReplaceAllString(text, "${1}***")
}
