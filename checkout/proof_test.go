package checkout_test

import (
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
)

var levels = []ledger.Proof{ledger.Claimed, ledger.Presented, ledger.Verified}

// provingLane is a lane whose program wants so much, and whose receipts can be claimed;
// ana has a card and a PIN.
func provingLane(t *testing.T, earn, redeem ledger.Proof) *lane {
	t.Helper()
	l := newScanLane(t, "proof: {earn: claimed, redeem: claimed}", fmt.Sprintf("proof: {earn: %s, redeem: %s}\nclaim: {days: 14}", earn, redeem))
	_, err := l.till.SetPIN(t.Context(), l.till.Clock.Now(), l.till.NewEntry(), checkout.NewPIN{
		Who: checkout.Who{Account: l.anas(), Proof: ledger.Presented}, PIN: approved(t, "", "2580").PIN,
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve begins to serve ana, who shows so much.
func (l *lane) serve(shows ledger.Proof) {
	switch shows {
	case ledger.Claimed:
		l.key(ana + "=")
	case ledger.Presented:
		l.scan(anaCard)
	case ledger.Verified:
		l.key(ana + "=M1" + "2580=")
	}
}

// claimable is the code of a receipt without a member.
func (l *lane) claimable() string {
	l.t.Helper()
	done, err := l.till.Complete(l.t.Context(), l.till.Clock.Now(), sold(l.till, "T-1", "", checkout.Who{}))
	if err != nil {
		l.t.Fatal(err)
	}
	code, _ := l.till.ClaimCode(done.Entry)
	return code
}

// At the keypad, of every proof that a program may want and that she may show: what
// earns, claims and confirms is what meets earn, and a reward what meets both.
func TestProofsAtKeypad(t *testing.T) {
	for _, want := range levels {
		for _, shows := range levels {
			t.Run(fmt.Sprintf("wants %s, shows %s", want, shows), func(t *testing.T) {
				t.Run("earn", func(t *testing.T) { provesEarn(t, want, shows) })
				t.Run("redeem", func(t *testing.T) { provesRedeem(t, ledger.Claimed, want, shows) })
				t.Run("redeem for earn", func(t *testing.T) { provesRedeem(t, want, ledger.Claimed, shows) })
			})
		}
	}
}

func provesEarn(t *testing.T, want, shows ledger.Proof) {
	l := provingLane(t, want, ledger.Claimed)
	code := l.claimable()
	meets := shows.Meets(want)
	l.serve(shows)
	l.scan(code)
	if got := len(l.entries(ledger.Claim)) == 1; got != meets {
		t.Errorf("claimed %v, want %v: %q", got, meets, l.display.Last())
	}
	if l.display.Last()[0] == "Your PIN, then ENTER" {
		l.key("<")
	}
	l.key("1999=")
	sales := l.sales()
	account, hers := sales[len(sales)-1].Subject.Account()
	if hers != meets || hers && account != l.anas() {
		t.Errorf("the sale is of %s", sales[len(sales)-1].Subject)
	}
	l.serve(shows)
	l.key("100=")
	if n := len(l.entries(ledger.Confirm)); n != 0 {
		t.Errorf("%d sales are confirmed by as little as they were made with", n)
	}
	l.serve(ledger.Verified)
	l.key("100=")
	if n := len(l.entries(ledger.Confirm)); (n == 2) == meets {
		t.Errorf("%d sales are confirmed by her PIN", n)
	}
}

func provesRedeem(t *testing.T, earn, redeem, shows ledger.Proof) {
	l := provingLane(t, earn, redeem)
	meets := shows.Meets(earn) && shows.Meets(redeem)
	l.serve(shows)
	l.key("R")
	if got := l.display.Last()[0] == "Reward         -5.00"; got != meets {
		t.Errorf("set aside %v, want %v: %q", got, meets, l.display.Last())
	}
	if l.display.Last()[0] == "Your PIN, then ENTER" {
		l.key("<")
	}
	l.key("1999=")
	sales := l.sales()
	if got := len(sales) == 1 && len(sales[0].Sale.Rewards) == 1; got != meets {
		t.Errorf("%d sales, taken %v, want %v", len(sales), got, meets)
	}
}
