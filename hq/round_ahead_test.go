package hq_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// fullDay has two tills write more than several rounds of sales of a few members, so that
// each round goes on with what the one before makes; now and then one that is paid from a
// right, gives one back, or has an id that was taken.
func fullDay(t *testing.T, seed uint64, sales int) *world {
	t.Helper()
	draw := rand.New(rand.NewPCG(seed, 2))
	w := newWorld(t)
	tills := []*till{w.newTill("lane 1"), w.newTill("lane 2")}
	var subjects []ledger.Subject
	for i := range 20 {
		subjects = append(subjects, ledger.SubjectOf(tills[0].addMember(phoneNumber(i), "")))
		tills[i%2].earn(subjects[i], 1000)
	}
	for _, a := range tills {
		a.sync()
	}
	for _, a := range tills {
		for n := range sales {
			subject := subjects[draw.IntN(len(subjects))]
			switch rare := draw.IntN(1000); {
			case n == sales/2 && seed%2 == 0:
				a.append(earning(subject, "taken", 7), nil, nil)
			case rare < 3:
				for id := range a.rights {
					a.spend(a.whose[id], id, 10)
					break
				}
			case rare < 5:
				for id := range a.rights {
					a.giveBack(a.whose[id], id, 1)
					break
				}
			default:
				a.earn(subject, ledger.Points(1+draw.IntN(50)))
			}
			if n%500 == 499 {
				a.push()
			}
		}
		a.push()
	}
	return w
}

// Rounds that are decided while the one before is written make what rounds make that wait
// for it, to the byte.
func TestAheadAsInTurn(t *testing.T) {
	for seed := range uint64(2) {
		w := fullDay(t, seed, 1200)
		ahead, inTurn := w.as(w.backup()), w.as(w.backup())
		ahead.projects(100_000)
		inTurn.projects(250)
		if diff := gocmp.Diff(inTurn.ledgers(), ahead.ledgers()); diff != "" {
			t.Fatalf("day %d: - in turn, + ahead:\n%s", seed, diff)
		}
		ahead.work()
		ahead.clean()
	}
}

// What somebody else changed since a round was decided is not written over: nothing of the
// round is written, and it is decided anew.
func TestDecidedAnew(t *testing.T) {
	changes := map[string]struct {
		do   func(w *world, account ledger.AccountID)
		done bool
	}{
		"nothing": {func(*world, ledger.AccountID) {}, true},
		"a ledger": {func(w *world, account ledger.AccountID) {
			w.sql(`UPDATE account SET version = version + 1 WHERE account = $1`, string(ledger.SubjectOf(account)))
		}, false},
		"a store asked for her": {func(w *world, account ledger.AccountID) {
			other := w.newStoresTill("0002")
			if _, err := other.lookUp(wire.Lookup{Account: account}); err != nil {
				w.Fatal(err)
			}
		}, false},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := w.newTill("lane 1")
			account := a.addMember(phoneNumber(1), "")
			a.sync()
			for range 60 {
				a.earn(ledger.SubjectOf(account), 10)
				if len(a.lines)%20 == 0 {
					a.push()
				}
			}
			a.push()
			first, second, err := w.hq.TwoRounds(t.Context(), 40, func() { change.do(w, account) })
			if err != nil {
				t.Fatal(err)
			}
			if !first || second != change.done {
				t.Errorf("the first was written: %t, the second: %t; want true and %t", first, second, change.done)
			}
			w.work()
			if b := w.balance(phoneNumber(1)); b.Available+b.Escrowed != 600 {
				t.Errorf("she has %d, want 600", b.Available+b.Escrowed)
			}
			w.clean()
		})
	}
}

// What a decision asks of its own ledger that is being written is decided in its turn: a
// right of hers that the round before may have spent of.
func TestSpentBehindRound(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(phoneNumber(1), ""))
	a.earn(subject, 1000)
	a.sync()
	w.work()
	a.sync()
	var right ledger.RightID
	for id := range a.rights {
		right = id
	}
	for n := range 4 {
		a.spend(subject, right, a.rights[right].Amount/4)
		for range 19 {
			a.earn(subject, ledger.Points(n+1))
		}
		a.push()
	}
	first, second, err := w.hq.TwoRounds(t.Context(), 40, func() {})
	if err != nil || !first || second {
		t.Fatal(fmt.Sprint("the first was written: ", first, ", the second: ", second), err)
	}
	w.work()
	if b := w.balance(phoneNumber(1)); w.lost() != 0 || b.Available+b.Escrowed != 1000+190-a.rights[right].Amount/4*4 {
		t.Errorf("she has %d and the program lost %d", b.Available+b.Escrowed, w.lost())
	}
	w.clean()
}
