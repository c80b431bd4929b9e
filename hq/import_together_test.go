package hq_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// randomRoster is a file of lines about few numbers and cards: members who are known,
// the same one twice, cards that are taken, lines that cannot be, and most of nobody
// known.
func randomRoster(draw *rand.Rand, name string) (hq.ImportFile, []hq.ImportLine) {
	var lines []hq.ImportLine
	for i := range 60 {
		l := hq.ImportLine{
			Line: i + 2, Person: ledger.Person{Phone: &ledger.Phone{E164: phoneNumber(draw.IntN(80))}},
			Amounts: []loyalty.Amount{{Unit: unit, Amount: ledger.Points(1 + draw.IntN(500))}},
		}
		switch draw.IntN(12) {
		case 0, 1, 2:
			l.Person.Card = fmt.Sprint("29", draw.IntN(12))
		case 3:
			l.Person.Name, l.Person.BirthMonth, l.Joined = "Fatma Demir", 5, "2019-03-01"
		case 4:
			l.Joined = "2031-01-01"
		case 5:
			l.Amounts[0].Unit = "stars"
		case 6:
			l.Amounts = nil
		case 7:
			l.Line = 2 + draw.IntN(i+1) // a line of the same file again
		case 8:
			l.Person.Card, l.EarnedOn = fmt.Sprint("29", draw.IntN(12)), "2026-05-01"
		}
		lines = append(lines, l)
	}
	return hq.ImportFile{Hash: ledger.HashOf([]byte(name)), Program: "starter", Operator: "9"}, lines
}

// busyMembers has a till enroll some of a roster's numbers, two of them in one account,
// give cards, and sell to whoever keys others.
func busyMembers(t *testing.T, draw *rand.Rand) (*world, *till) {
	t.Helper()
	w := newWorldOf(t, starter(t))
	a := w.newTill("lane 1")
	a.addTo(a.addMember(phoneNumber(0), ""), phoneNumber(1), "Ali")
	for i := range 8 {
		subject := ledger.SubjectOf(a.addMember(phoneNumber(draw.IntN(80)), ""))
		a.sync()
		if i%2 == 0 {
			a.give(subject, fmt.Sprint("29", i))
		}
		a.suspect(fmt.Sprint("keyed ", i), phoneNumber(draw.IntN(80)), 5)
		a.sync()
	}
	return w, a
}

// takesIn imports lines.
func (w *world) takesIn(file hq.ImportFile, lines []hq.ImportLine) []hq.ImportOutcome {
	w.Helper()
	outcomes, err := w.hq.Import(w.Context(), file, lines)
	if err != nil {
		w.Fatal(err)
	}
	return outcomes
}

// imported is what a file makes of the database, but for what is sealed.
func (w *world) imported() []string {
	w.Helper()
	return append(w.ledgers(), w.rowsOf(
		`SELECT entry, body_hash, account FROM claim_entry ORDER BY entry`,
		`SELECT hash, account, entry FROM claim_identifier ORDER BY hash`,
		`SELECT account, entry FROM claim_account ORDER BY account`,
		`SELECT account, entry, version, named_at_ms, length(birth_month) FROM person ORDER BY account`,
		`SELECT account, hash, entry FROM person_card ORDER BY account, hash`,
		`SELECT account, entry, body, signature FROM own_entry ORDER BY account, entry`,
		`SELECT account, program, state FROM member_state ORDER BY account, program`,
		`SELECT account, to_account, to_empty FROM forward ORDER BY account`,
		`SELECT account, hash FROM suspect ORDER BY account, hash`,
	)...)
}

// Lines that are taken in together make the same of the database, to the byte, as the
// same lines one by one, and say the same of each: also where a till has sold to the id
// of a member whose import a restored headquarters forgot.
func TestImportTogetherAsOneByOne(t *testing.T) {
	for seed := range uint64(8) {
		draw := rand.New(rand.NewPCG(seed, 1))
		w, a := busyMembers(t, draw)
		file, lines := randomRoster(draw, "first")
		forgotten := w.as(w.backup())
		forgotten.takesIn(file, lines[:20])
		for _, row := range forgotten.rowsOf(`SELECT account FROM own_entry WHERE account NOT IN (SELECT account FROM account_place) ORDER BY account LIMIT 3`) {
			a.earn(ledger.Subject(row[len(row)-37:len(row)-1]), 10)
		}
		a.sync()
		together, each := w.as(w.backup()), w.as(w.backup())
		again, others := randomRoster(draw, "second")
		for _, part := range []struct {
			hq.ImportFile
			lines []hq.ImportLine
		}{{file, lines[:30]}, {file, lines}, {again, others}, {file, lines}} {
			all := together.takesIn(part.ImportFile, part.lines)
			var one []hq.ImportOutcome
			for i := range part.lines {
				one = append(one, each.takesIn(part.ImportFile, part.lines[i:i+1])...)
			}
			if diff := gocmp.Diff(one, all); diff != "" {
				t.Fatalf("roster %d: - one by one, + together:\n%s", seed, diff)
			}
		}
		if diff := gocmp.Diff(each.imported(), together.imported()); diff != "" {
			t.Fatalf("roster %d: - one by one, + together:\n%s", seed, diff)
		}
		together.work()
		together.clean()
	}
}
