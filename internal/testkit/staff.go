package testkit

import (
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Staffed lets operators work at the till, each with PIN 48, her id, and 5.
func (tl *Till) Staffed(operators ...staff.Operator) *staff.Book {
	tl.t.Helper()
	book, err := staff.Open(tl.Options.Dir, tl.Options.LookupKey.Sum)
	must(tl.t, err)
	for _, o := range operators {
		pin, err := pin.Parse("48" + o.ID + "5")
		must(tl.t, err)
		must(tl.t, book.Add(o, pin))
	}
	tl.Till.Staff = book
	return book
}
