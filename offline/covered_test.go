package offline_test

import (
	"context"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// wantSpendable compares what may be spent here of an account with what is shown, and
// finds that exactly that can be held.
func (tl *till) wantSpendable(when string, account ledger.AccountID, want ledger.Points) {
	tl.t.Helper()
	if got := tl.balance(account).Spendable; got != want {
		tl.t.Errorf("%s: %d spendable here, want %d", when, got, want)
	}
	_, err := tl.PlaceHold(context.Background(), tl.wish(account, want+1))
	tl.wantNoRedeem(when, err, loyalty.NoRight)
	if want > 0 {
		hold := tl.hold(account, want)
		tl.must("release", tl.ReleaseHold(context.Background(), hold.ID))
	}
}

// adjust makes the record of an operator's taking points away.
func (tl *till) adjust(account ledger.AccountID, id string, takes ledger.Points) ledger.Record {
	tl.t.Helper()
	return tl.encode(&ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Adjust, At: tl.now(), Store: "s1", Day: day, Operator: "17",
		Subject: ledger.SubjectOf(account), Program: &ledger.ProgramRef{ID: program, Version: 1},
		Adjust:   &ledger.Adjustment{ID: id, Reason: "goodwill"},
		Postings: []ledger.Posting{{Unit: points, Amount: takes, From: ledger.Available, To: ledger.Adjusted}},
	})
}

// A sale is counted and a right to two thirds of its points placed here; then it is
// voided here. Nothing of them may be spent, before headquarters has heard of it and
// after, and after a restart; what she earns and headquarters counts may be again.
func TestVoidedPointsAreNotSpendable(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := newAccountID()
	tl.append(tl.enroll(ana, "+905321234567"))
	tl.append(tl.sale(ana, 3000))
	tl.addRight(ana, 2000, 72*time.Hour) // on demand, before the row that says so
	tl.wantSpendable("before the row", ana, 2000)
	tl.apply(tl.row(1, ana, "+905321234567", ledger.Balance{Program: program, Unit: points, Available: 1000, Escrowed: 2000}, tl.place()))
	tl.wantSpendable("placed", ana, 2000)
	tl.append(tl.comeBack("pos-1", loyalty.Wish{All: true}))
	tl.wantSpendable("voided", ana, 0)
	tl.reopen()
	tl.wantSpendable("after a restart", ana, 0)
	tl.apply(tl.row(2, ana, "+905321234567", ledger.Balance{Program: program, Unit: points, Available: -2000, Escrowed: 2000}, tl.place()))
	tl.wantSpendable("headquarters knows", ana, 0)
	tl.append(tl.sale(ana, 1500))
	tl.wantSpendable("earned again, which pays what is owed", ana, 1500)
	tl.clean()
}

// A sale that is voided before headquarters' row counts it covers no right either.
func TestVoidedBeforeItsRow(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := newAccountID()
	tl.append(tl.enroll(ana, "+905321234567"))
	tl.append(tl.sale(ana, 3000))
	tl.addRight(ana, 2000, 72*time.Hour)
	tl.append(tl.comeBack("pos-1", loyalty.Wish{All: true}))
	tl.wantSpendable("voided", ana, 0)
}

// What an operator takes away here cannot be spent here, and what is set aside for
// one sale is not there for the next.
func TestAdjustedPointsAreNotSpendable(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := tl.known(1000, 2000)
	tl.addRight(ana, 2000, 72*time.Hour)
	hold := tl.hold(ana, 500)
	tl.append(tl.adjust(ana, "a1", 800))
	tl.wantSpendable("out of what no right has", ana, 1500)
	tl.append(tl.adjust(ana, "a2", 1400))
	tl.wantSpendable("out of the right's too", ana, 300)
	tl.append(tl.redeem(ana, hold)) // she was told before she paid
	tl.wantSpendable("spent", ana, 300)
	tl.append(tl.adjust(ana, "a3", 999_999))
	tl.wantSpendable("all of it", ana, 0)
	tl.clean()
}

// A hold that is too old to stand against others gives way where its points are
// covered, and only as far as they are.
func TestOldHoldGivesWayToWhatIsCovered(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, 72*time.Hour)
	tl.hold(ana, 400)
	tl.append(tl.adjust(ana, "a1", 600))
	tl.advance(16 * time.Minute)
	_, err := tl.PlaceHold(context.Background(), tl.wish(ana, 401))
	tl.wantNoRedeem("more than is covered", err, loyalty.NoRight)
	tl.hold(ana, 400)
}
