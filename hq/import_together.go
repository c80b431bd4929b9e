package hq

import (
	"cmp"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/claims"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Most lines of a file are plain: of somebody of whom nothing stands here, or imported
// before. Those are judged by a few queries and taken in by one unit, whose ledgers need
// not be read. What is not plain stands between two such runs and is done by itself, so
// that the order of lines is kept.

// judgeTogether judges those of lines that are plain. Nothing that is done by itself
// before a plain line changes what becomes of that: two lines that share a number, a card
// or an id are not both plain.
func judgeTogether(tx *database.Tx, all []*importing) error {
	if listed, err := records.IsAnyListed(tx); err != nil || listed {
		return err // whose a number is, only the tills may know
	}
	stands, err := readStanding(tx, all)
	if err != nil {
		return err
	}
	met := map[any]bool{}
	for _, l := range all {
		twice := met[l.id] || met[l.number] || l.Person.Card != "" && met[l.card]
		met[l.id], met[l.number], met[l.card] = true, true, true
		switch {
		case twice:
		case stands.entries[l.id]:
			l.plain, l.outcome = true, ImportOutcome{Fate: ImportStood}
		case stands.isNew(l):
			l.plain, l.enrolled, l.outcome = true, false, ImportOutcome{Fate: ImportNew}
			if err := l.program.CheckImport(l.imported()); err != nil {
				l.refuse("%v", err)
			}
		}
	}
	return nil
}

// importStanding is what stands of what lines name.
type importStanding struct {
	entries     map[ledger.EntryID]bool
	identifiers map[ledger.KeyedHash]bool
	holders     map[books.Holder]bool
}

// readStanding looks for all that lines name, and for the ids that their members would
// have: what a restored headquarters forgot of one a till may have told again.
func readStanding(tx *database.Tx, all []*importing) (s importStanding, err error) {
	var ids []ledger.EntryID
	var hashes []ledger.KeyedHash
	var holders []books.Holder
	for _, l := range all {
		l.member = newHolder(l.id)
		l.of = l.member
		ids, hashes, holders = append(ids, l.id), append(hashes, l.number), append(holders, l.of)
		if l.Person.Card != "" {
			hashes = append(hashes, l.card)
		}
	}
	if s.entries, err = records.ClaimedEntries(tx, ids); err != nil {
		return s, err
	}
	if s.identifiers, err = records.ClaimedIdentifiers(tx, hashes); err != nil {
		return s, err
	}
	s.holders, err = records.KnownHolders(tx, holders)
	return s, err
}

func (s importStanding) isNew(l *importing) bool {
	return !s.identifiers[l.number] && !s.holders[l.of] && (l.Person.Card == "" || !s.identifiers[l.card])
}

// importTogether takes in a run of plain lines. Rows are written in the order of their
// keys, so that a page which several go to is met once.
func (h *Headquarters) importTogether(tx *database.Tx, run []*importing) error {
	run = slices.DeleteFunc(slices.Clone(run), func(l *importing) bool { return l.outcome.Fate != ImportNew })
	slices.SortFunc(run, func(a, b *importing) int { return cmp.Compare(a.of, b.of) })
	newcomers := make([]claims.Newcomer, len(run))
	entries, own := make([][]any, len(run)), make([][]any, len(run))
	u := posting.NewUnit(tx)
	for i, l := range run {
		b := books.New(l.of, nil)
		e, d, err := l.decide(b)
		if err != nil {
			return err
		}
		if own[i], err = posting.OwnRow(h.keys, b, e, d); err != nil {
			return err
		}
		if err := u.Enter(b, d, l.at.At); err != nil {
			return err
		}
		newcomers[i] = claims.Newcomer{Of: l.of, By: l.id, At: l.at.At, Person: l.Person, Number: l.number, Card: l.card}
		entries[i] = []any{l.id, d.Body, l.of}
	}
	if err := claims.Newcomers(tx, h.keys, newcomers); err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b []any) int {
		one, other := a[0].(ledger.EntryID), b[0].(ledger.EntryID)
		return slices.Compare(one[:], other[:])
	})
	if err := claims.Entries(tx, entries); err != nil {
		return err
	}
	if err := tx.ExecMany(posting.WriteOwn, own); err != nil {
		return err
	}
	return u.Flush()
}
