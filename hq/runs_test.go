package hq_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// busyDay has a till write what tills write, in any order: sales of members, of
// nobody, under an id that was taken, paid from rights, more than there is;
// enrolls between them, returns, and what headquarters cannot read.
func busyDay(t *testing.T, seed uint64) (*world, *till) {
	t.Helper()
	draw := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(t)
	a := w.newTill("lane 1")
	var subjects []ledger.Subject
	for i := range 3 {
		subjects = append(subjects, ledger.SubjectOf(a.addMember(phoneNumber(i), "")))
		a.earn(subjects[i], 1000)
	}
	a.sync()
	var sold []*ledger.Entry
	for n := range 60 {
		subject := subjects[draw.IntN(len(subjects))]
		switch draw.IntN(12) {
		default:
			sold = append(sold, a.sell(subject, fmt.Sprint("day ", n)))
		case 0:
			subjects = append(subjects, ledger.SubjectOf(a.addMember(phoneNumber(draw.IntN(6)), "")))
		case 1, 2:
			for id := range a.rights {
				a.spend(a.whose[id], id, 100)
				break
			}
		case 3:
			a.append(earning(subject, "day 1", 7), nil, nil) // perhaps taken
		case 4:
			if len(sold) > 0 {
				a.comeBack(sold[draw.IntN(len(sold))], nil, loyalty.Wish{All: true})
			}
		case 5:
			a.appendBody([]byte(`{"v":9,"kind":"unheard_of"}`), nil, nil)
		case 6:
			a.earn(ledger.SaleSubject(newEntryID()), 3) // nobody's
		}
	}
	a.push()
	return w, a
}

// ledgers is what all ledgers, and what their rows add up to, say.
func (w *world) ledgers() (all []string) {
	w.Helper()
	return w.rowsOf(
		`SELECT account, n, entry, verdict, decided, hash FROM ledger ORDER BY account, n`,
		`SELECT account, n, head, version, last_terminal, last_program FROM account ORDER BY account`,
		`SELECT account, program, unit, available, pending, receivable FROM balance ORDER BY account, program, unit`,
		`SELECT account, lot, n, amount, rest, pending FROM lot ORDER BY account, lot`,
		`SELECT account, right_id, spent, returned, state, n FROM account_right ORDER BY account, right_id`,
		`SELECT account, terminal, epoch, branch, seq FROM account_place ORDER BY account, terminal`,
		`SELECT account, version, since_n, '', '' FROM feed_dirty ORDER BY account`,
		`SELECT account, version, '', '' FROM authority_dirty ORDER BY account`,
		`SELECT seq, reason, '' FROM quarantine ORDER BY seq`,
		`SELECT entry, account FROM claim_entry ORDER BY entry`,
		`SELECT sale_id, entry, '' FROM claim_sale ORDER BY sale_id, entry`,
	)
}

// rowsOf is what queries find, row by row.
func (w *world) rowsOf(queries ...string) (all []string) {
	w.Helper()
	db := w.behind()
	defer db.Close()
	for _, query := range queries {
		rows, err := db.Query(query)
		if err != nil {
			w.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			w.Fatal(err)
		}
		for rows.Next() {
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				w.Fatal(err)
			}
			all = append(all, fmt.Sprintf("%s: %v", query, row))
		}
		if err := rows.Err(); err != nil {
			w.Fatal(err)
		}
		rows.Close()
	}
	return all
}

// as opens another headquarters on a copy of this one's database.
func (w *world) as(copied string) *world {
	w.Helper()
	other := &world{TB: w.TB, dir: copied, database: w.copies[copied], at: w.now()}
	other.open()
	return other
}

// projects works off all that came in, so many entries at once.
func (w *world) projects(most int) {
	w.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = w.hq.Project(context.Background(), most); err != nil {
			w.Fatal(err)
		}
	}
}

// Entries that are posted together make the same ledgers, balances and marks, to
// the byte, as the same entries posted one by one.
func TestTogetherAsOneByOne(t *testing.T) {
	for seed := range uint64(8) {
		w, _ := busyDay(t, seed)
		together, each := w.as(w.backup()), w.as(w.backup())
		together.projects(1000)
		each.projects(1)
		if diff := gocmp.Diff(each.ledgers(), together.ledgers()); diff != "" {
			t.Fatalf("day %d: - one by one, + together:\n%s", seed, diff)
		}
		together.work()
		together.clean()
	}
}

// Where what several entries make cannot be written, those that can be are posted
// nevertheless; the one that cannot waits with the reason, and is posted once it can.
func TestRunIsTakenApart(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	her, other := ledger.SubjectOf(a.addMember(phoneNumber(1), "")), ledger.SubjectOf(a.addMember(phoneNumber(2), ""))
	a.sync()
	w.sql(`INSERT INTO ledger (account, n, entry, terminal, verdict, decided, hash, recorded_at_ms)
		VALUES ($1, 3, 'in the way', '', 'posted', $2, $2, 0)`, string(her), make([]byte, 32))
	a.earn(her, 10)
	a.earn(other, 20)
	a.earn(her, 30)
	a.earn(other, 40)
	a.push()
	w.work()
	has := func(when string, hers, others ledger.Points) {
		t.Helper()
		for i, want := range []ledger.Points{hers, others} {
			if b := w.balance(phoneNumber(i + 1)); b.Available+b.Escrowed != want {
				t.Errorf("%s: member %d has %d, want %d", when, i+1, b.Available+b.Escrowed, want)
			}
		}
	}
	has("one is in the way", 10, 60)
	if n := w.told(event.Quarantined); n != 1 {
		t.Errorf("%d were passed over, want 1", n)
	}
	w.sql(`DELETE FROM ledger WHERE entry = 'in the way'`)
	if n, err := w.hq.Retry(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d were posted: %v", n, err)
	}
	w.work()
	has("nothing is in the way", 40, 60)
	w.clean()
}

// What is to be told of an entry is told once it is posted, wherever the round breaks off
// in which it was, also where keys live apart, and each of a round is posted by itself.
func TestRoundBreaksOff(t *testing.T) {
	w, a, _, subject := newcomer(t)
	hq.Apart(w.hq)
	again := func() { a.append(selling(subject, "S-again"), nil, nil) }
	again()
	a.sync()
	broken := func() (broken bool) {
		defer func() { broken = recover() != nil }()
		w.work()
		return false
	}
	for nth, more := 1, true; more; nth++ {
		for range 3 {
			again()
		}
		a.push()
		w.breakOff(nth)
		more = broken()
		w.breakOff(0)
		w.work()
		if n := w.told(event.DuplicateSale); n != 3*nth {
			t.Fatalf("broken off at reading %d of the clock: people were told %d times, want %d", nth, n, 3*nth)
		}
	}
	w.clean()
}
