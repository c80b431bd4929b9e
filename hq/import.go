package hq

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/claims"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ImportFile is a file of members and what they have, from an earlier system.
type ImportFile struct {
	Hash    ledger.Hash // SHA-256 of it: with a line's number it names what came of the line
	Program string      // whose units they are
	// Operator is the manager who lets it be.
	Operator string
}

// ImportLine is one member of it.
type ImportLine struct {
	Line   int           // of the file, from 1
	Person ledger.Person // with a number
	// Joined and EarnedOn are the import's day where empty.
	Joined   ledger.Date
	EarnedOn ledger.Date
	Amounts  []loyalty.Amount
}

// ImportFate is what an import makes of a line.
type ImportFate string

const (
	ImportNew   ImportFate = "new"   // she is enrolled by it
	ImportKnown ImportFate = "known" // she has what she had, and this
	ImportStood ImportFate = "stood" // it was imported before: nothing changes
	ImportWrong ImportFate = "wrong" // nothing changes, Wrong says why
)

// ImportOutcome is what becomes of one line.
type ImportOutcome struct {
	Fate  ImportFate
	Wrong string
}

// TryImport returns what Import would make of lines, and changes nothing. It does
// not see what the same file says of one number twice.
func (h *Headquarters) TryImport(ctx context.Context, file ImportFile, lines []ImportLine) (outcomes []ImportOutcome, err error) {
	err = h.view(ctx, func(tx *database.Tx) error {
		all, err := h.importsFrom(tx, file, lines)
		if err != nil {
			return err
		}
		for _, l := range all {
			if l.plain {
				continue
			}
			if err := judgeImport(tx, h.keys, l); err != nil {
				return fmt.Errorf("line %d: %w", l.Line, err)
			}
		}
		outcomes = outcomesOf(all)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("try import: %w", err)
	}
	return outcomes, nil
}

// Import takes in lines of a file, each as one entry of headquarters' own, all in
// one transaction. A line that was taken in before changes nothing, nor does one
// that is wrong. Its errors are ErrNotFound, where there is no such program, and
// ErrRestoring.
func (h *Headquarters) Import(ctx context.Context, file ImportFile, lines []ImportLine) (outcomes []ImportOutcome, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	err = h.update(ctx, func(tx *database.Tx) error {
		all, err := h.importsFrom(tx, file, lines)
		if err != nil {
			return err
		}
		err = h.importAll(tx, all)
		outcomes = outcomesOf(all)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	h.retried = false // what waited for somebody to have the number
	h.intake.raise()
	return outcomes, nil
}

func outcomesOf(all []*importing) []ImportOutcome {
	outcomes := make([]ImportOutcome, len(all))
	for i, l := range all {
		outcomes[i] = l.outcome
	}
	return outcomes
}

// importsFrom are lines on their way in, with what becomes of those that are plain.
func (h *Headquarters) importsFrom(tx *database.Tx, file ImportFile, lines []ImportLine) ([]*importing, error) {
	program := h.programs.Load().Find(file.Program)
	if program == nil {
		return nil, records.ErrNotFound
	}
	if waits, err := records.Waiting(tx); err != nil || waits {
		return nil, cmp.Or(err, ErrRestoring)
	}
	at := loyalty.Moment{At: ledger.MillisOf(h.now()), Zone: program.Zones[0]}
	all := make([]*importing, len(lines))
	for i := range lines {
		all[i] = newImporting(h.keys, file, program.At(h.time()), at, &lines[i])
	}
	return all, judgeTogether(tx, all)
}

// importAll takes lines in: those in a row that are plain together, each other one by
// itself. A run that cannot be is undone, and done again one by one.
func (h *Headquarters) importAll(tx *database.Tx, all []*importing) error {
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(l *importing) bool { return !l.plain })
		if n < 0 {
			n = len(all)
		}
		run := all[:max(n, 1)]
		all = all[len(run):]
		if n > 0 {
			failed, err := tx.Attempt(func() error { return h.importTogether(tx, run) })
			if err != nil {
				return err
			}
			if failed == nil {
				continue
			}
		}
		for _, l := range run {
			if err := h.importLine(tx, l); err != nil {
				return fmt.Errorf("line %d: %w", l.Line, err)
			}
		}
	}
	return nil
}

// importLine judges a line, and takes it in where it is right.
func (h *Headquarters) importLine(tx *database.Tx, l *importing) error {
	if err := judgeImport(tx, h.keys, l); err != nil {
		return err
	}
	if l.outcome.Fate == ImportNew || l.outcome.Fate == ImportKnown {
		return h.importOne(tx, l)
	}
	return nil
}

// importOne writes what becomes of a line that is right.
func (h *Headquarters) importOne(tx *database.Tx, l *importing) error {
	if err := identifyImported(tx, h.keys, l); err != nil {
		return err
	}
	b, err := records.OpenBooks(tx, l.of)
	if err != nil {
		return err
	}
	e, d, err := l.decide(b)
	if err != nil {
		return err
	}
	if err := posting.EnterOwn(tx, h.keys, b, e, d, l.at.At); err != nil {
		return err
	}
	return claims.Entries(tx, [][]any{{l.id, d.Body, l.of}})
}

// decide gives books what a line brings, by an entry.
func (l *importing) decide(b *books.Books) (*ledger.Entry, *books.Decision, error) {
	own, err := b.Account(l.program.Ref().ID)
	if err != nil {
		return nil, nil, err
	}
	own.State.Rows = b.N
	effect, err := own.Import(l.program, l.imported())
	if err != nil {
		return nil, nil, err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: l.id, Kind: ledger.Import, At: l.at.At, Day: effect.Day,
		Operator: l.file.Operator, Approver: l.file.Operator, Subject: ledger.Subject(l.of),
		Program: new(l.program.Ref()), Postings: effect.Postings(),
		Import: &ledger.Imported{File: l.file.Hash, Line: l.Line, EarnedOn: l.EarnedOn},
	}
	if l.member != l.of {
		e.Member = l.member.Member()
	}
	d := &books.Decision{Program: l.program.Ref().ID}
	d.Do(own, effect)
	return e, d, nil
}

// identifyImported takes a new member's id, number and card, and keeps who she is.
// One whom only tills list is enrolled as whom they list. Of one who is known a
// card alone is taken: what she said of herself later goes before an old file.
func identifyImported(tx *database.Tx, k keyring.Ring, l *importing) error {
	if !l.enrolled {
		if err := enrollImported(tx, k, l); err != nil {
			return err
		}
	}
	if l.Person.Card == "" {
		return nil
	}
	who := &books.Identity{Person: l.Person, Card: l.card}
	if _, _, err := claims.Identifier(tx, who.Card, l.member, l.id); err != nil {
		return err
	}
	if err := claims.Unlist(tx, k, ledger.CardIdentifier, l.Person.Card, l.of); err != nil {
		return err
	}
	return claims.AddCard(tx, k, l.member, l.id, who)
}

func enrollImported(tx *database.Tx, k keyring.Ring, l *importing) error {
	if err := claims.Account(tx, l.member, l.id); err != nil {
		return err
	}
	if _, _, err := claims.Identifier(tx, l.number, l.member, l.id); err != nil {
		return err
	}
	if err := claims.Unlist(tx, k, ledger.PhoneIdentifier, l.Person.Phone.E164, l.of); err != nil {
		return err
	}
	return claims.AddPerson(tx, k, l.member, l.id, l.Person, l.at.At)
}
