package hq

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/posting"
)

// flag notes which rules of conduct an entry met where it was written, and
// tells of it; of one that is held once it is released. It changes nothing that is
// posted.
func flag(u *posting.Unit, it *books.Item) {
	flags := it.Entry.Flags
	if len(flags) == 0 || it.Held {
		return
	}
	u.NoteFlags(it.Holder, it.Entry.ID, it.Place.Terminal, strings.Join(flags, " "), it.Effective())
	it.Events = append(it.Events, event.Event{What: event.Flagged, Reason: strings.Join(flags, ", ") + it.By()})
}
