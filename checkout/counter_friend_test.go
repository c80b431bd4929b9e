package checkout_test

import (
	"context"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A code scanned before ENROLL stands in that enroll alone; the paper tells each
// member her own where the program gives something for it, a copy too.
func TestFriendsCodeAtTheCounter(t *testing.T) {
	l := newScanLane(t, "\nrewards:", "  - {id: friend, on: sale, to: referrer, give: {points: 5}}\n\nrewards:")
	l.key("05551112233=")
	l.scan(friendsCode)
	l.key("N100=")
	l.key("05551112244=N100=")
	var named []ledger.ReferralCode
	entries, _ := l.till.Journal()
	for _, e := range entries {
		if e.Kind == ledger.Enroll && e.Proof == ledger.Claimed {
			named = append(named, e.Referrer)
		}
	}
	if got := named[len(named)-2:]; got[0] != friendsCode || got[1] != "" {
		t.Errorf("enrolled with %q", got)
	}
	last, err := l.till.Store.LastSale(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	account, _ := last.Subject.Account()
	notes := strings.Join(l.till.Notes(last), "; ")
	if want := "Your code for friends: " + string(ledger.ReferralCodeOf(account)); notes != want {
		t.Errorf("the paper says %q, want %q", notes, want)
	}
}

// A program that gives a referrer nothing tells nobody of codes.
func TestNoCodeWithoutReferrals(t *testing.T) {
	l := newScanLane(t)
	l.key(ana + "=100=")
	last, err := l.till.Store.LastSale(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if notes := l.till.Notes(last); len(notes) > 0 {
		t.Errorf("the paper says %q", notes)
	}
	if code := l.till.FriendCode(l.till.Clock.Now(), l.member(ana)); code != "" {
		t.Errorf("her code is %s", code)
	}
}
