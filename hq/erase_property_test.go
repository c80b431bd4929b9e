package hq_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// forgetting is two numbers that are enrolled, sold to and erased, at tills that hear of
// it at some time.
type forgetting struct {
	*world
	numbers  [2]string
	lanes    []*forgetful
	erased   map[string]ledger.Millis // serial of a number's last erasure
	enrolled map[ledger.AccountID]enrolled
}

// forgetful is a till that knows whom it enrolled, until it hears that she was erased.
type forgetful struct {
	*till
	heard ledger.Millis
	knows map[string]ledger.AccountID
}

// enrolled is an account that a till made, and up to which erasure it had heard.
type enrolled struct {
	number string
	heard  ledger.Millis
}

// Whoever is erased whenever, whatever tills that had not heard still send, in whichever
// order: whom a number finds was enrolled where its last erasure was known, or nobody;
// no account that is nobody's has anything; all books add up.
func TestRandomErasures(t *testing.T) {
	w := newWorldOf(t, starter(t))
	story := 0
	rapid.Check(t, func(r *rapid.T) {
		story++
		f := &forgetting{
			world: w, erased: map[string]ledger.Millis{}, enrolled: map[ledger.AccountID]enrolled{},
			numbers: [2]string{fmt.Sprintf("+9055515%05d", story), fmt.Sprintf("+9055516%05d", story)},
		}
		for i := range 3 {
			l := &forgetful{till: w.newTill(fmt.Sprint("e", story, i)), knows: map[string]ledger.AccountID{}}
			l.hear()
			f.lanes = append(f.lanes, l)
		}
		for range rapid.IntRange(5, 40).Draw(r, "steps") {
			f.step(r)
		}
		for range 2 {
			for _, l := range f.lanes {
				l.push()
			}
			w.work()
			for _, l := range f.lanes {
				l.hear()
			}
		}
		f.check(r)
	})
	w.clean()
}

func (f *forgetting) step(r *rapid.T) {
	l := rapid.SampledFrom(f.lanes).Draw(r, "till")
	number := rapid.SampledFrom(f.numbers[:]).Draw(r, "number")
	account, known := l.knows[number]
	switch rapid.SampledFrom([]string{
		"enroll", "enroll", "enroll", "sell", "suspect", "card", "erase", "erase", "hear", "push", "push", "push", "restart",
	}).Draw(r, "step") {
	case "enroll":
		if !known {
			l.knows[number] = f.enroll(l, number)
		}
	case "sell":
		if known {
			l.earn(ledger.SubjectOf(account), 10)
		}
	case "suspect":
		if !known {
			cipher, sum := l.person(number, "")
			e := earning(ledger.SuspectSubject(ledger.SuspectID(newAccountID())), saleID(), 5)
			e.Attachment, e.Erasures = sum, l.heard
			l.append(e, cipher, nil)
		}
	case "card":
		if known {
			l.give(ledger.SubjectOf(account), fmt.Sprint("29", newAccountID())[:20])
		}
	case "erase":
		f.eraseNumber(r, number)
	case "hear":
		l.hear()
	case "restart": // whatever was passed over is looked at again
		f.restart()
	case "push":
		l.push()
		f.work()
	}
}

func (f *forgetting) enroll(l *forgetful, number string) ledger.AccountID {
	id := newAccountID()
	cipher, sum := l.person(number, "Ayşe")
	l.append(&ledger.Entry{Kind: ledger.Enroll, Subject: ledger.SubjectOf(id), Proof: ledger.Claimed, Attachment: sum, Erasures: l.heard}, cipher, nil)
	f.enrolled[id] = enrolled{number, l.heard}
	return id
}

func (f *forgetting) eraseNumber(r *rapid.T, number string) {
	done, err := f.hq.EraseMember(f.Context(), f.erasing(hq.Whom{Phone: number}))
	if errors.Is(err, records.ErrNotFound) {
		return
	}
	if err != nil {
		r.Fatal(err)
	}
	for _, e := range f.lanes[0].told(0) {
		if e.Member == done.Member {
			f.erased[number] = e.Serial
		}
	}
}

// told are all erasures behind a serial.
func (l *forgetful) told(after ledger.Millis) (all []*ledger.Erasure) {
	for more := l.erasures(after, 0); len(more) > 0; more = l.erasures(after, 0) {
		all, after = append(all, more...), more[len(more)-1].Serial
	}
	return all
}

// hear takes in what the feed says of erasures and of who is found.
func (l *forgetful) hear() {
	for _, e := range l.told(l.heard) {
		l.heard = e.Serial
		for number, account := range l.knows {
			if ledger.MemberID(account) == e.Member || slices.Contains(e.Accounts, account) {
				delete(l.knows, number)
			}
		}
	}
	l.pull()
}

// stands is how headquarters has what was enrolled: a failure that depends on ids and
// on when things happened comes once.
func (f *forgetting) stands() (text string) {
	db := f.behind()
	defer db.Close()
	for id, e := range f.enrolled {
		var verdict, serial, passed sql.NullString
		err := db.QueryRow(`
			SELECT (SELECT max(l.verdict) FROM claim_account c JOIN ledger l ON l.entry = c.entry WHERE c.account = $1),
			       (SELECT max(serial_ms) FROM erasure WHERE member = $2),
			       (SELECT max(reason) FROM quarantine)`, id, id).Scan(&verdict, &serial, &passed)
		text += fmt.Sprintf("\n%s of %s, heard %d: %q, erased %q, passed over %q, %v", id, e.number, e.heard, verdict.String, serial.String, passed.String, err)
	}
	return text
}

func (f *forgetting) check(r *rapid.T) {
	for _, number := range f.numbers {
		var candidates int
		for _, e := range f.enrolled {
			if e.number == number && e.heard >= f.erased[number] {
				candidates++
			}
		}
		m, err := f.hq.MemberByPhone(f.Context(), number)
		switch {
		case errors.Is(err, records.ErrNotFound):
			if candidates > 0 {
				r.Errorf("nobody has %s, though %d enrolls of it came after its erasure (%d); %s", number, candidates, f.erased[number], f.stands())
			}
		case err != nil:
			r.Fatal(err)
		case f.enrolled[m.Account].heard < f.erased[number] || f.enrolled[m.Account].number != number:
			r.Errorf("%s finds %+v, enrolled as of %+v", number, m, f.enrolled[m.Account])
		}
	}
	f.counts("at the end", map[string]int{
		"units that are nobody's": 0, "people who were erased": 0, "claims of who was erased": 0, "attachments that are erased": 0,
	})
}
