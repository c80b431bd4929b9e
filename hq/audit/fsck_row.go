package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// is reports whether a row is what was decided again: its text, or, where an earlier
// release wrote the same in another form, what the text says.
func (r *ledgerRow) is(d *books.Decision) bool {
	text, err := d.Encode()
	if err != nil || bytes.Equal(text, r.decided) {
		return err == nil
	}
	stands, err := r.decision.Encode()
	return err == nil && bytes.Equal(text, stands)
}

// errOpaque says that a row cannot be decided again, and that nothing is wrong with
// that.
var errOpaque = errors.New("it cannot be decided again")

// row decides a row again that is to follow the books, and tells of a difference.
func (a *again) row(b *books.Books, r *ledgerRow) error {
	if err := a.settles(b); err != nil {
		return err
	}
	a.Rows++
	switch {
	case r.decision.Rules != books.Rules:
		a.Earlier++
		a.next = nil
		return nil
	case r.unasked != nil: // which is told
		a.next = nil
		return nil
	}
	d, err := a.decide(b, r)
	switch {
	case errors.Is(err, database.ErrStorage) || errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, errOpaque):
		a.Opaque++
		return nil
	}
	a.Decided++
	if err != nil {
		a.find(r.where, "decided again it is refused: %v", err)
	} else if !r.is(d) {
		a.find(r.where, "decided again it differs in %s", strings.Join(differences(d, r.decision), ", "))
	}
	return nil
}

func (a *again) decide(b *books.Books, r *ledgerRow) (*books.Decision, error) {
	if len(a.next) > 0 {
		decide := a.next[0]
		a.next = a.next[1:]
		return decide(b.Then())
	}
	if r.decision.Place != nil {
		return a.till(b, r)
	}
	return a.own(b, r)
}

// settles notes what has to follow the row before, and forgets another ledger's.
func (a *again) settles(b *books.Books) error {
	of := a.after
	a.after = nil
	switch {
	case b.N == 0:
		a.next = nil
	case of != nil:
		return a.follow(b, of)
	}
	return nil
}

// end tells of rows that had to follow and do not.
func (a *again) end(b *books.Books) error {
	if err := a.settles(b); err != nil {
		return err
	}
	if len(a.next) > 0 {
		a.find("ledger of "+string(b.Holder), "%d rows have to follow its last", len(a.next))
	}
	return nil
}

// at are the programs as they were known when a row was written.
func (a *again) at(r *ledgerRow) *publication.Programs {
	known := 0
	for _, v := range a.catalog.Published {
		if v.PublishedAt <= r.recorded {
			known++
		}
	}
	if a.versions[known] == nil {
		a.versions[known] = a.catalog.UpTo(r.recorded)
	}
	return a.versions[known]
}

// differences names the parts in which a decision is not the one that stands.
func differences(d, stands *books.Decision) []string {
	parts := func(d *books.Decision) (parts map[string]json.RawMessage, err error) {
		text, err := d.Encode()
		if err == nil {
			err = json.Unmarshal(text, &parts)
		}
		return parts, err
	}
	have, errHave := parts(stands)
	want, errWant := parts(d)
	if err := errors.Join(errHave, errWant); err != nil {
		return []string{err.Error()}
	}
	var names []string
	for name := range want {
		if !bytes.Equal(have[name], want[name]) {
			names = append(names, name)
		}
	}
	for name := range have {
		if want[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
