package checkout_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// verifiedToRedeem is a program whose rewards want more than a card.
var verifiedToRedeem = []string{"redeem: claimed}", "redeem: verified}"}

// A member who shows her card sets a PIN, keyed twice; a reward that wants her verified
// asks for it, and her sale says how she proved it. Headquarters is told a hash, and no
// screen ever had a digit of it.
func TestPINForReward(t *testing.T) {
	l := newScanLane(t, verifiedToRedeem...)
	l.scan(anaCard)
	l.key("R")
	l.shows("***4567   700 points", "No PIN is known here")
	l.key("M2")
	l.shows("New PIN, then ENTER", "")
	l.key("2580")
	l.shows("New PIN, then ENTER", "                ****")
	l.key("=")
	l.shows("Once more, and ENTER", "")
	l.key("2581=")
	l.shows("Not the same twice", "New PIN, then ENTER")
	l.key("2580=2580=")
	l.shows("***4567   700 points", "PIN is set")
	l.key("R")
	l.shows("Your PIN, then ENTER", "")
	l.key("2581=")
	l.shows("Wrong PIN", "PIN, then ENTER")
	l.key("2580=")
	l.shows("Reward         -5.00", "Amount, then ENTER")
	l.key("1999=")
	if sales := l.sales(); len(sales) != 1 || sales[0].Proof != ledger.Verified || len(sales[0].Sale.Rewards) != 1 {
		t.Fatalf("sales: %+v", sales)
	}
	for _, screen := range l.display.Screens {
		if text := strings.Join(screen[:], " "); strings.Contains(text, "2580") || strings.Contains(text, "2581") {
			t.Errorf("shown: %q", text)
		}
	}
	l.wantPINSent(ledger.Presented, "")
}

// wantPINSent reads what headquarters is told of the PIN.
func (l *lane) wantPINSent(proof ledger.Proof, approver string) {
	l.t.Helper()
	set := l.entries(ledger.Profile)
	_, attachments := l.till.Journal()
	if len(set) != 1 || len(attachments) == 0 || set[0].Proof != proof || set[0].Approver != approver {
		l.t.Fatalf("profiles %+v, %d attachments", set, len(attachments))
	}
	who := l.till.Person(attachments[len(attachments)-1])
	hash, err := pin.Read(who.PIN)
	if err != nil || !hash.Is([]byte("2580")) || who.Phone != nil {
		l.t.Errorf("headquarters is told %q: %v", who.PIN, err)
	}
}

// What is tried first is no PIN, and one whose digits are too few is not taken.
func TestWeakPIN(t *testing.T) {
	l := newScanLane(t)
	l.scan(anaCard)
	for _, weak := range []string{"0000", "1234", "9876", "777777"} {
		l.key("M2" + weak + "=")
		l.shows("Too easy to guess", "Another, then ENTER")
		l.key("<")
		l.shows("***4567   700 points", "Amount, then ENTER")
	}
	l.key("M2258=")
	l.shows("4 to 12 digits", "PIN, then ENTER")
	if n := len(l.entries(ledger.Profile)); n != 0 {
		t.Errorf("%d were kept", n)
	}
}

// Whoever keyed a number alone sets no PIN, and whoever found a card changes none:
// then a manager lets it be, or nobody.
func TestPINNeedsManager(t *testing.T) {
	l := newScanLane(t)
	l.key(ana + "=M2")
	l.shows("***4567   700 points", "Show card or old PIN")
	employ(t, l.till)
	l.key("M2")
	l.shows("Manager's number", "")
	l.key("9=4885=")
	l.shows("***4567   700 points", "No manager's PIN")
	l.key("M2" + "9=4895=")
	l.shows("New PIN, then ENTER", "")
	l.key("2580=2580=")
	l.shows("***4567   700 points", "PIN is set")
	l.wantPINSent(ledger.Claimed, "9")

	l.key("x")
	l.scan(anaCard)
	l.key("M2")
	l.shows("Manager's number", "")
	l.key("x")
	l.scan(anaCard)
	l.key("M1" + "2580=")
	l.shows("***4567   700 points", "PIN is right")
	l.key("M2" + "8520=8520=")
	l.shows("***4567   700 points", "PIN is set")
	l.key("M1" + "2580=")
	l.shows("Wrong PIN", "PIN, then ENTER")
}

// Five wrong PINs, and then a wait that a restart does not end; it is hers alone, and
// the right one ends it.
func TestPINTries(t *testing.T) {
	l := newScanLane(t)
	l.scan(anaCard)
	l.key("M2" + "2580=2580=M1")
	for range 5 {
		l.key("2589=")
		l.shows("Wrong PIN", "PIN, then ENTER")
	}
	l.key("2580=")
	l.shows("***4567   700 points", "Too many wrong PINs")
	l.till = l.till.Reopen()
	l.Counter.Till = l.till.Till
	l.key("xx")
	l.scan(anaCard)
	l.key("M1" + "2580=")
	l.shows("***4567   700 points", "Too many wrong PINs")
	l.key("x")
	l.scan(bobCard)
	l.key("M2" + "8520=8520=M1" + "8520=")
	l.shows("***6543    30 points", "PIN is right")
	l.key("x")
	l.till.Clock.Advance(31 * time.Second)
	l.scan(anaCard)
	l.key("M1" + "2580=")
	l.shows("***4567   700 points", "PIN is right")
}

// On a pad that gives digits only under its maker's own prompt nobody is asked for a PIN.
func TestNoPINOnPad(t *testing.T) {
	l := newScanLane(t, verifiedToRedeem...)
	l.NoPIN = true
	l.scan(anaCard)
	for _, keys := range []string{"R", "M1", "M2"} {
		l.key(keys)
		l.shows("***4567   700 points", "No PIN on this pad")
	}
}

// However a PIN is left, nothing of it stays, and the sale goes on with its amount.
func TestLeavePIN(t *testing.T) {
	l := newScanLane(t, verifiedToRedeem...)
	l.scan(anaCard)
	l.key("M2" + "2580=2580=")
	for keys, lower := range map[string]string{"R<": "Amount, then ENTER", "R25<<": "Amount, then ENTER", "M<": "Amount, then ENTER", "19R25<<": "Amount          0.19"} {
		l.key("x")
		l.scan(anaCard)
		l.key(keys)
		l.shows("***4567   700 points", lower)
	}
	l.key("x")
	l.scan(anaCard)
	l.key("R25x")
	l.shows("Corner Shop", "Phone, then ENTER")
}

// A PIN masks itself in whatever is printed of a request.
func TestPINMasked(t *testing.T) {
	keyed, err := pin.Parse("2580")
	if err != nil {
		t.Fatal(err)
	}
	who := checkout.Who{PIN: keyed}
	for _, form := range []string{"%v", "%+v", "%s", "%q", "%d", "%x"} {
		if text := fmt.Sprintf(form, who.PIN) + fmt.Sprintf(form, &who.PIN); strings.Contains(text, "2580") || strings.Contains(text, "32353830") {
			t.Errorf("%s prints %s", form, text)
		}
	}
}
