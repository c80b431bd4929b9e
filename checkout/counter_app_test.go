package checkout_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/ledger/appcode"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A headquarters that signs certificates, one that followed it, and an app.
var (
	hqKey   = ed25519.NewKeyFromSeed([]byte(strings.Repeat("h", 32)))
	nextKey = ed25519.NewKeyFromSeed([]byte(strings.Repeat("n", 32)))
	appKey  = ed25519.NewKeyFromSeed([]byte(strings.Repeat("a", 32)))
	hqChain = ledger.ChainID{7}
)

// trusting lets a till know headquarters by its key.
func (l *lane) trusting() {
	l.till.Till.Headquarters = func(context.Context) (ledger.KeyChain, error) {
		return ledger.NewKeyChain(hqChain, hqKey.Public().(ed25519.PublicKey)), nil
	}
}

// certified is the certificate of an app of an account's own member.
func (l *lane) certified(account ledger.AccountID, by ed25519.PrivateKey, until time.Duration) appcode.Signed {
	l.t.Helper()
	c := appcode.Certificate{
		Account: account, Member: ledger.MemberID(account), Key: appKey.Public().(ed25519.PublicKey),
		NotAfter: ledger.MillisOf(l.till.Clock.Now().Add(until)),
	}
	signed, err := c.Sign(by)
	if err != nil {
		l.t.Fatal(err)
	}
	return signed
}

// shown is what ana's app shows now.
func (l *lane) shown() string {
	return l.certified(l.anas(), hqKey, time.Hour).Show(appKey, ledger.MillisOf(l.till.Clock.Now()))
}

func (l *lane) anas() ledger.AccountID {
	l.t.Helper()
	member, err := l.till.IdentifyCard(l.t.Context(), anaCard)
	if err != nil {
		l.t.Fatal(err)
	}
	return member.Account
}

func newAppLane(t *testing.T, edits ...string) *lane {
	l := newScanLane(t, edits...)
	l.trusting()
	return l
}

// An app's code begins a sale, verified, also for a reward that wants that; read twice it
// is the same, and once she has paid it is good for nothing more at this till.
func TestApp(t *testing.T) {
	l := newAppLane(t, verifiedToRedeem...)
	code := l.shown()
	for range 2 {
		l.scan("]Q1" + code)
		l.shows("***4567   700 points", "Amount, then ENTER")
	}
	l.key("R")
	l.shows("Reward         -5.00", "Amount, then ENTER")
	l.key("1999=")
	if sales := l.sales(); len(sales) != 1 || sales[0].Proof != ledger.Verified {
		t.Fatalf("sales %+v", sales)
	}
	l.scan("]Q1" + code)
	l.shows("Corner Shop", "App code used before")
	if l.heard != device.Bad {
		t.Errorf("the scanner sounds %v", l.heard)
	}
	l.till.Clock.Advance(appcode.Step)
	l.scan(l.shown())
	l.shows("***4567   214 points", "Amount, then ENTER")
}

// Whoever is served by a number shows her app in place of the PIN that a reward asks
// for; another's app is not hers, and can be shown again.
func TestAppForPIN(t *testing.T) {
	l := newAppLane(t, verifiedToRedeem...)
	l.scan(anaCard)
	l.key("M2" + "2580=2580=x")
	l.key(bob + "=")
	l.scan(l.shown())
	l.shows("***6543    30 points", "Another: CANCEL 1st")
	l.key("x" + ana + "=")
	l.key("R")
	l.shows("Your PIN, then ENTER", "")
	l.scan(l.shown())
	l.shows("Reward         -5.00", "Amount, then ENTER")
	l.key("x" + ana + "=")
	l.till.Clock.Advance(appcode.Step)
	l.scan(l.shown())
	l.shows("***4567   700 points", "App read")
}

// Each reason for which a code is not taken is told in words, and by a sound.
func TestAppNotTaken(t *testing.T) {
	l := newAppLane(t)
	ana, now := l.anas(), func() ledger.Millis { return ledger.MillisOf(l.till.Clock.Now()) }
	household := appcode.Certificate{Account: ana, Member: ledger.MemberID{9}, Key: appKey.Public().(ed25519.PublicKey), NotAfter: now().Add(time.Hour)}
	moved, err := household.Sign(hqKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, code, words string }{
		{"cut short", l.shown()[:100], "Not a whole app code"},
		{"of another headquarters", l.certified(ana, nextKey, time.Hour).Show(appKey, now()), "App of another chain"},
		{"by a key that is not certified", l.certified(ana, hqKey, time.Hour).Show(nextKey, now()), "App code is forged"},
		{"expired", l.certified(ana, hqKey, -time.Minute).Show(appKey, now()), "App expired: renew"},
		{"a picture", l.certified(ana, hqKey, time.Hour).Show(appKey, now().Add(-2*time.Minute)), "App code not current"},
		{"of nobody here", l.certified(ledger.AccountID{8}, hqKey, time.Hour).Show(appKey, now()), "App member not known"},
		{"of one who left the account", moved.Show(appKey, now()), "App: renew it online"},
	} {
		l.scan(c.code)
		if got := l.display.Last(); got[1] != c.words || l.heard != device.Bad {
			t.Errorf("%s: shows %q and sounds %v", c.name, got, l.heard)
		}
	}
	rotated, err := ledger.SignSuccession(hqChain, hqKey, nextKey, now(), now())
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := ledger.NewKeyChain(hqChain, hqKey.Public().(ed25519.PublicKey)).Learn([]ledger.SignedSuccession{rotated})
	keys, _ = keys.Hear(nextKey.Public().(ed25519.PublicKey))
	l.till.Till.Headquarters = func(context.Context) (ledger.KeyChain, error) { return keys, nil }
	l.scan(l.shown())
	l.shows("Corner Shop", "App: renew it online")
	if len(l.entries(ledger.Sold)) > 0 || len(l.failed) > 0 {
		t.Errorf("failed %v", l.failed)
	}
}

// A till whose clock is not to be believed takes no code, and one without a headquarters
// none either.
func TestAppWithoutClock(t *testing.T) {
	l := newAppLane(t)
	code := l.shown()
	l.till.Till.Headquarters = nil
	l.scan(code)
	l.shows("Corner Shop", "App of another chain")
	l.trusting()
	l.till.Clock.Advance(-time.Hour)
	l.scan(l.shown())
	l.shows("Corner Shop", "Till's clock is off")
}

// The same code is the same answer for the same sale, and no answer for another; nor is
// an earlier one after a later.
func TestAppOnce(t *testing.T) {
	l := newAppLane(t)
	early := l.shown()
	l.till.Clock.Advance(appcode.Step)
	late := l.shown()
	for i, c := range []struct {
		code, by string
		want     error
	}{{late, "S-1", nil}, {late, "S-1", nil}, {late, "S-2", checkout.ErrAppUsed}, {early, "S-1", checkout.ErrAppUsed}, {late, "", checkout.ErrAppUsed}} {
		if _, err := l.till.IdentifyApp(t.Context(), c.code, c.by); !errors.Is(err, c.want) {
			t.Errorf("%d: %v, want %v", i, err, c.want)
		}
	}
	if words := checkout.AppWords(loyalty.English, loyalty.ErrUnknownMember); len(words) > 20 || words == "" {
		t.Errorf("words %q", words)
	}
}
