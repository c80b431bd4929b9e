package hq_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// rosterOf is a file of one line a number: so many points each.
func rosterOf(name string, points ledger.Points, numbers ...string) (hq.ImportFile, []hq.ImportLine) {
	var lines []hq.ImportLine
	for i, e164 := range numbers {
		lines = append(lines, hq.ImportLine{
			Line: i + 2, Person: ledger.Person{Phone: &ledger.Phone{E164: e164}, Name: "Fatma Demir"},
			Amounts: []loyalty.Amount{{Unit: unit, Amount: points}},
		})
	}
	return hq.ImportFile{Hash: ledger.HashOf([]byte(name)), Program: "starter", Operator: "9"}, lines
}

// imports takes a file in, after it was tried: both say the same.
func (w *world) imports(file hq.ImportFile, lines []hq.ImportLine) (fates []hq.ImportFate) {
	w.Helper()
	tried, err := w.hq.TryImport(context.Background(), file, lines)
	if err != nil {
		w.Fatal(err)
	}
	outcomes, err := w.hq.Import(context.Background(), file, lines)
	if err != nil {
		w.Fatal(err)
	}
	for i, o := range outcomes {
		if o != tried[i] {
			w.Errorf("line %d: %+v, and when tried %+v", lines[i].Line, o, tried[i])
		}
		fates = append(fates, o.Fate)
	}
	return fates
}

func (w *world) wantFates(when string, got []hq.ImportFate, want ...hq.ImportFate) {
	w.Helper()
	for i := range want {
		if got[i] != want[i] {
			w.Errorf("%s: line %d is %s, want %s", when, i+2, got[i], want[i])
		}
	}
}

// A file enrolls who is new and gives to who is known, once: the same again changes
// nothing, nor does the same balance in another file, and another one is refused.
// Every till finds her, and her points are placed when she was served.
func TestImportOnce(t *testing.T) {
	w := newWorldOf(t, starter(t))
	s := newShopper(t, w, w.newTill("lane 1"), ayse)
	s.buys([]ledger.Line{{Net: 10_000, Gross: 10_000, Quantity: 1}}, "cash")
	s.sync()
	const fatma = "+905320000007"
	file, lines := rosterOf("old", 900, ayse, fatma)
	lines[1].Person.Card, lines[1].Person.BirthMonth, lines[1].Joined = "29123", 5, "2019-03-01"
	w.wantFates("first", w.imports(file, lines), hq.ImportKnown, hq.ImportNew)
	w.wantFates("again", w.imports(file, lines), hq.ImportStood, hq.ImportStood)
	other, same := rosterOf("longer", 900, ayse, fatma, mehmet)
	w.wantFates("with one more", w.imports(other, same), hq.ImportStood, hq.ImportStood, hq.ImportNew)
	third, changed := rosterOf("changed", 901, fatma)
	w.wantFates("another balance", w.imports(third, changed), hq.ImportWrong)
	fourth, stolen := rosterOf("stolen", 5, "+905320000008")
	stolen[0].Person.Card = "29123"
	w.wantFates("another's card", w.imports(fourth, stolen), hq.ImportWrong)
	w.work()
	s.sync()
	if b := w.balance(ayse); b.Available+b.Escrowed != 1000 || b.Escrowed == 0 {
		t.Errorf("she is known: %+v", b)
	}
	if b := w.balance(fatma); b.Available != 900 {
		t.Errorf("she is new: %+v", b)
	}
	if got := s.identifiers(ledger.SubjectOf(w.member(fatma).Account)); got != 2 {
		t.Errorf("the till finds her by %d identifiers", got)
	}
	w.restart()
	w.clean()
}

// An id that a till or journal has tells nobody's number: the same number in
// another file has another.
func TestImportedIDsTellNoNumber(t *testing.T) {
	accounts := map[ledger.AccountID]bool{}
	for _, name := range []string{"one", "two"} {
		w := newWorldOf(t, starter(t))
		file, lines := rosterOf(name, 10, ayse)
		w.imports(file, lines)
		accounts[w.member(ayse).Account] = true
	}
	if len(accounts) != 2 {
		t.Error("the account follows from the number")
	}
}

// The history tells what was brought along, and who approved it; the entry says
// which line it was, and names nobody.
func TestImportBody(t *testing.T) {
	w := newWorldOf(t, starter(t))
	file, lines := rosterOf("old", 10, ayse)
	w.imports(file, lines)
	m, err := w.hq.ExportMember(context.Background(), ayse)
	if err != nil || len(m.History) != 1 || m.History[0].Kind != ledger.Import || m.History[0].Approver != "9" {
		t.Fatalf("%+v, %v", m.History, err)
	}
	body := m.History[0].Body
	if e, err := ledger.Decode(body); err != nil || e.Import.Line != 2 || e.Import.File != file.Hash {
		t.Errorf("%s: %v", body, err)
	}
	for _, word := range []string{"5321234567", "Fatma", "Demir"} {
		if bytes.Contains(body, []byte(word)) {
			t.Errorf("%q stands in the body", word)
		}
	}
}

// A till does not bring balances along: what it writes so waits in quarantine.
func TestTillImportsNothing(t *testing.T) {
	w := newWorldOf(t, starter(t))
	s := newShopper(t, w, w.newTill("lane 1"), ayse)
	s.append(&ledger.Entry{
		Kind: ledger.Import, Subject: s.subject, Program: new(s.program.Ref()), Import: &ledger.Imported{File: ledger.HashOf(nil), Line: 2},
		Postings: []ledger.Posting{{Unit: unit, Amount: 9, From: ledger.Issued, To: ledger.Available}},
	}, nil, nil)
	s.sync()
	if b := w.balance(ayse); b.Available != 0 || w.status().Quarantined != 1 {
		t.Errorf("%+v, %d in quarantine", b, w.status().Quarantined)
	}
	w.clean()
}

// A member whose import only the lost disk had, and whom a till lists, is herself
// again when the file is imported again, in whatever order its lines are.
func TestImportAfterRestore(t *testing.T) {
	w := newWorldOf(t, starter(t))
	till := w.newTill("lane 1")
	before := w.backup()
	file, lines := rosterOf("old", 40, ayse)
	w.imports(file, lines)
	w.work()
	till.sync()
	account := w.member(ayse).Account
	rows := []ledger.Listed{till.row(ledger.PhoneIdentifier, ayse, account)}
	w.restore(before)
	if _, err := w.hq.Import(context.Background(), file, lines); err == nil {
		t.Fatal("it imports while it waits for its tills")
	}
	till.comeAgain(rows...)
	w.work()
	other, lines := rosterOf("later", 40, mehmet, ayse)
	w.wantFates("again", w.imports(other, lines), hq.ImportNew, hq.ImportKnown)
	if m := w.member(ayse); m.Account != account || w.balance(ayse).Available != 40 {
		t.Errorf("she is %s with %+v, was %s", m.Account, m.Balances, account)
	}
	w.clean()
}

// Lines in order go to accounts in order, and all of them are there.
func TestImportOrder(t *testing.T) {
	w := newWorldOf(t, starter(t))
	var numbers []string
	for i := range 40 {
		numbers = append(numbers, phoneNumber(i))
	}
	file, lines := rosterOf("old", 10, numbers...)
	file.Order(lines)
	w.takesIn(file, lines)
	met := map[string]bool{}
	var before ledger.AccountID
	for _, l := range lines {
		now := w.member(l.Person.Phone.E164).Account
		if bytes.Compare(now[:], before[:]) <= 0 {
			t.Errorf("line %d: %s behind %s", l.Line, now, before)
		}
		met[l.Person.Phone.E164], before = true, now
	}
	if len(met) != len(numbers) {
		t.Errorf("%d numbers of %d", len(met), len(numbers))
	}
}
