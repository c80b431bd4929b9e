package checkout_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// The daemon dies between REDEEM and ENTER: after the start she can have the reward
// at once, by the keypad or at a POS. What a POS set aside by its own id stays so.
func TestRestartGivesBackWhatTheCounterSetAside(t *testing.T) {
	ctx := context.Background()
	l := newLane(t)
	account := l.member(ana)
	l.till.Give(account, 1000)
	pos := checkout.Reserve{ID: l.till.NewHold(), SaleID: "pos", Account: account, Reward: "five", Proof: ledger.Claimed}
	if _, err := l.till.Hold(ctx, l.till.Clock.Now(), pos); err != nil {
		t.Fatal(err)
	}
	l.key(ana + "=R")
	if got := spendable(t, l, account); got != 0 {
		t.Fatalf("%d spendable with both set aside, want 0", got)
	}
	again := l.till.Reopen()
	l.till = again
	if got := spendable(t, l, account); got != 500 {
		t.Errorf("%d spendable after the start, want the counter's 500", got)
	}
	if _, err := again.Store.Hold(ctx, pos.ID); err != nil {
		t.Errorf("the POS's hold: %v", err)
	}
}

func spendable(t *testing.T, l *lane, account ledger.AccountID) ledger.Points {
	t.Helper()
	member, err := l.till.Store.Member(context.Background(), account)
	if err != nil {
		t.Fatal(err)
	}
	return member.Balance("points").Spendable
}
