package headquarters

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

// maxName is how many letters the name of a till or store may have: it stands on
// receipts and in lists.
const maxName = 64

// named is a name of a till or store with single spaces; nothing that cannot be seen
// stands in it.
func named(flag, name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	for _, r := range name {
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			return "", exit.Fail(exit.Data, "write it with letters, digits and spaces", fmt.Errorf("%s %q has a letter that cannot be seen", flag, name))
		}
	}
	if utf8.RuneCountInString(name) > maxName {
		return "", exit.Fail(exit.Data, "choose a shorter one", fmt.Errorf("%s has more than %d letters", flag, maxName))
	}
	return name, nil
}
