package hq

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// importing is a line of a file on its way in.
type importing struct {
	*ImportLine
	file    ImportFile
	program *loyalty.Program
	at      loyalty.Moment
	id      ledger.EntryID // the same for the same line of the same file
	number  ledger.KeyedHash
	card    ledger.KeyedHash // where it has one
	plain   bool             // what becomes of it was judged with others
	// member is whose person it is, of her account. enrolled says that
	// headquarters has her, and not only what tills list.
	member, of books.Holder
	enrolled   bool
	outcome    ImportOutcome
}

func newImporting(k keyring.Ring, file ImportFile, program *loyalty.Program, at loyalty.Moment, line *ImportLine) *importing {
	l := &importing{
		ImportLine: line, file: file, program: program, at: at,
		id:     file.entryOf(line.Line),
		number: k.Blind(ledger.PhoneIdentifier, line.Person.Phone.E164),
	}
	if line.Person.Card != "" {
		l.card = k.Blind(ledger.CardIdentifier, line.Person.Card)
	}
	return l
}

// entryOf is the entry of a line.
func (f ImportFile) entryOf(line int) ledger.EntryID {
	return ledger.EntryID(books.OwnID("import", f.Hash.String(), strconv.Itoa(line)))
}

// newHolder is the id of a member who is new by an entry: one that nobody can read the
// number from.
func newHolder(by ledger.EntryID) books.Holder {
	return books.HolderOf(ledger.AccountID(books.OwnID("member", by.String())))
}

func (l *importing) imported() loyalty.Imported {
	return loyalty.Imported{Entry: l.id, Moment: l.at, Joined: l.Joined, EarnedOn: l.EarnedOn, Amounts: l.Amounts}
}

func (l *importing) refuse(format string, args ...any) {
	l.outcome = ImportOutcome{ImportWrong, fmt.Sprintf(format, args...)}
}

// judgeImport finds whom a line is about, and what is to become of it. It changes
// nothing.
func judgeImport(tx *database.Tx, k keyring.Ring, l *importing) error {
	l.outcome = ImportOutcome{}
	stands, err := isClaimed(tx, l.id)
	if stands {
		l.outcome.Fate = ImportStood
	}
	if err != nil || stands {
		return err
	}
	if err := findImported(tx, k, l); err != nil {
		return err
	}
	if l.outcome.Fate == ImportKnown {
		if err := judgeBefore(tx, k, l); err != nil || l.outcome.Fate != ImportKnown {
			return err
		}
	}
	if l.Person.Card != "" {
		if err := judgeCard(tx, k, l); err != nil {
			return err
		}
	}
	if err := l.program.CheckImport(l.imported()); err != nil {
		l.refuse("%v", err)
	}
	return nil
}

// findImported finds the member who has a line's number, or makes her an id.
func findImported(tx *database.Tx, k keyring.Ring, l *importing) (err error) {
	l.outcome.Fate = ImportKnown
	if l.member, err = records.Claimant(tx, l.number); err != nil {
		return err
	}
	if l.enrolled = l.member != ""; !l.enrolled {
		if l.member, err = records.ListedAs(tx, k, ledger.PhoneIdentifier, l.Person.Phone.E164); err != nil {
			return err
		}
	}
	if l.member == "" {
		l.outcome.Fate = ImportNew
		l.member = newHolder(l.id)
	}
	l.of, err = records.AccountOf(tx, l.member)
	return err
}

// judgeBefore looks at what was imported of a member from another file: the same
// again stands, and another balance would be a second one.
func judgeBefore(tx *database.Tx, k keyring.Ring, l *importing) error {
	before, err := importsOf(tx, l.of, l.program.Ref().ID)
	if err != nil {
		return err
	}
	for _, e := range before {
		if e.Import.File == l.file.Hash || importedMember(e) != l.member {
			continue
		}
		if e.Import.EarnedOn == l.EarnedOn && l.sameAmounts(e.Postings) {
			l.outcome.Fate = ImportStood
			return nil
		}
		l.refuse("another balance of hers was imported on %s, from line %d of another file: leave the line out, and change what she has with `loyaltyd member adjust`",
			e.Day, e.Import.Line)
	}
	return nil
}

// importedMember is whose import an entry is: the account's own member where it
// names none.
func importedMember(e *ledger.Entry) books.Holder {
	if e.Member.IsZero() {
		return books.Holder(e.Subject)
	}
	return books.Holder(e.Member.String())
}

// sameAmounts reports whether postings bring what the line does.
func (l *importing) sameAmounts(postings []ledger.Posting) bool {
	brought := map[ledger.Unit]ledger.Points{}
	for _, p := range postings {
		brought[p.Unit] += p.Amount
	}
	for _, a := range l.Amounts {
		if brought[a.Unit] != a.Amount {
			return false
		}
	}
	return len(brought) == len(l.Amounts)
}

// judgeCard wants a line's card to be nobody else's.
func judgeCard(tx *database.Tx, k keyring.Ring, l *importing) error {
	has, err := records.Claimant(tx, l.card)
	if err == nil && has == "" {
		has, err = records.ListedAs(tx, k, ledger.CardIdentifier, l.Person.Card)
	}
	if err != nil {
		return err
	}
	if has != "" && has != l.member {
		l.refuse("card: it is another member's")
	}
	return nil
}

// isClaimed reports whether an entry's id was taken.
func isClaimed(tx *database.Tx, id ledger.EntryID) (taken bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM claim_entry WHERE entry = $1)`, id).Scan(&taken)
	if err != nil {
		return false, fmt.Errorf("look up entry: %w", err)
	}
	return taken, nil
}

// importsOf returns what an account imported under a program, from whichever file.
func importsOf(tx *database.Tx, of books.Holder, program string) (imports []*ledger.Entry, err error) {
	rows, err := tx.Query(`SELECT body FROM own_entry WHERE account = $1`, of)
	if err != nil {
		return nil, fmt.Errorf("read imports: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("read imports: %w", err)
		}
		if !bytes.Contains(body, importMark) {
			continue
		}
		e, err := ledger.Decode(body)
		if err != nil {
			return nil, fmt.Errorf("read imports: %w", err)
		}
		if e.Kind == ledger.Import && e.Program.ID == program {
			imports = append(imports, e)
		}
	}
	return imports, rows.Err()
}

// importMark stands in the bytes of each import, and spares decoding most of an
// account's other entries.
var importMark = []byte(`"kind":"` + string(ledger.Import) + `"`)
