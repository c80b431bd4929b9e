package sync_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq/audit"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// findings are what a look through headquarters finds.
func findings(checked audit.Checked, err error) ([]audit.Finding, error) {
	return checked.Findings, err
}

// world is a headquarters and what its tills did.
type world struct {
	*testkit.Headquarters
	t     testing.TB
	sales int
	// earned is what the tills told their one member.
	earned ledger.Points
}

func newWorld(t testing.TB) *world {
	return &world{Headquarters: testkit.NewHeadquarters(t, testkit.Program(t)), t: t}
}

// till enrolls one, says hello and takes ana in.
func (w *world) till() *testkit.Enrolled {
	w.t.Helper()
	e := w.Enroll(w.Address)
	w.greet(e)
	return e
}

const e164 = "+905321234567"

func (w *world) takeIn(e *testkit.Enrolled) ledger.AccountID {
	w.t.Helper()
	number, err := phone.Parse(e164, "TR")
	w.must(err)
	account := e.NewAccount()
	w.must(e.Till.Enroll(context.Background(), w.Clock.Now(), e.NewEntry(), account, number, ""))
	return account
}

// sell sells something to ana at a till.
func (w *world) sell(e *testkit.Enrolled, amount ledger.Minor, redeem ...string) {
	w.t.Helper()
	w.sellTo(e, e164, amount, redeem...)
}

func (w *world) sellTo(e *testkit.Enrolled, number string, amount ledger.Minor, redeem ...string) {
	w.t.Helper()
	w.sales++
	completed, err := e.Complete(context.Background(), w.Clock.Now(), checkout.Basket{
		Entry: e.NewEntry(), SaleID: fmt.Sprint("s", w.sales), Currency: "TRY", Redeem: testkit.Once(redeem...),
		Lines: []ledger.Line{{Net: amount, Gross: amount, Quantity: 1}},
		Who:   checkout.Who{Phone: number, Proof: ledger.Claimed},
	})
	w.must(err)
	for _, p := range completed.Entry.Postings {
		if p.To == ledger.Available {
			w.earned += p.Amount
		} else {
			w.earned -= p.Amount
		}
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) greet(e *testkit.Enrolled) wire.Welcome {
	w.t.Helper()
	welcome, err := e.Exchange.Greet(context.Background())
	w.must(err)
	return welcome
}

// drain pushes until nothing is left, greeting again where it is asked to, in
// a bounded number of tries.
func (w *world) drain(e *testkit.Enrolled) {
	w.t.Helper()
	for range 50 {
		sent, err := e.Exchange.Push(context.Background())
		switch {
		case err == nil && sent == 0:
			return
		case errors.Is(err, hqsync.ErrGreet), errors.Is(err, hqsync.ErrFenced):
			for range 20 {
				if _, err := e.Exchange.Greet(context.Background()); err == nil {
					break
				}
			}
		}
	}
	w.t.Fatal("the outbox does not drain")
}

func (w *world) pull(e *testkit.Enrolled) {
	w.t.Helper()
	w.must(w.Work(context.Background()))
	for range 50 {
		more, err := e.Exchange.Pull(context.Background(), 0)
		w.must(err)
		if !more {
			return
		}
	}
	w.t.Fatal("the feed does not end")
}

// agrees wants headquarters to have exactly the tills' entries, and the balance
// that was told.
func (w *world) agrees(entries int) {
	w.t.Helper()
	ctx := context.Background()
	w.must(w.Work(ctx))
	status, err := w.Status(ctx)
	w.must(err)
	if status.Unprojected != 0 || status.Quarantined != 0 {
		w.t.Errorf("headquarters: %+v", status)
	}
	if entries > 0 && status.Entries != entries {
		w.t.Errorf("headquarters has %d entries, want %d", status.Entries, entries)
	}
	member, err := w.MemberByPhone(ctx, e164)
	w.must(err)
	if b := member.Balances[0]; b.Available+b.Escrowed != w.earned || b.Receivable != 0 {
		w.t.Errorf("headquarters has %+v, told was %d", b, w.earned)
	}
}

// A till's entries reach headquarters, a grant comes back by the feed and is
// spent, and the spend reaches headquarters.
func TestThereAndBack(t *testing.T) {
	w := newWorld(t)
	e := w.till()
	w.takeIn(e)
	w.sell(e, 60_000)
	w.drain(e)
	w.agrees(2)
	w.pull(e)
	member, _, err := e.Identify(context.Background(), "0532 123 45 67")
	w.must(err)
	if b := member.Balance("points"); b.Shown != 600 || b.Spendable != 500 {
		t.Fatalf("after the feed: %+v", b)
	}
	w.sell(e, 2_000, "five")
	w.drain(e)
	w.pull(e)
	w.agrees(3)
}

// Requests and answers that are lost or come twice change nothing: every entry
// counts once.
func TestExactlyOnce(t *testing.T) {
	for name, fault := range map[string]func(n int) testkit.Fault{
		"every second answer lost":  func(n int) testkit.Fault { return pick(n%2 == 0, testkit.LoseAnswer) },
		"every second request lost": func(n int) testkit.Fault { return pick(n%2 == 0, testkit.LoseRequest) },
		"every request twice":       func(int) testkit.Fault { return testkit.Twice },
		"all of it": func(n int) testkit.Fault {
			return []testkit.Fault{testkit.LoseAnswer, testkit.Twice, testkit.LoseRequest, testkit.None, testkit.LoseAnswer, testkit.None, testkit.Twice}[n%7]
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			e := w.till()
			n := 0
			e.Network.Disturb(func(hqsync.Request) testkit.Fault { n++; return fault(n) })
			w.takeIn(e)
			for range 6 {
				w.sell(e, 10_000)
				w.drain(e)
			}
			e.Network.Disturb(nil)
			w.pull(e)
			w.sell(e, 2_000, "five")
			n = 1 // the spend's answer is lost, or its request
			e.Network.Disturb(func(hqsync.Request) testkit.Fault { n++; return fault(n) })
			w.drain(e)
			w.agrees(8)
		})
	}
}

func pick(yes bool, fault testkit.Fault) testkit.Fault {
	if yes {
		return fault
	}
	return testkit.None
}

// The answer to hello carries rights whose delivery was lost.
func TestLostRight(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	e := w.till()
	account := w.takeIn(e)
	w.sell(e, 60_000)
	w.drain(e)
	w.must(w.Work(ctx))
	asked := func() error { return e.Exchange.AskRight(ctx, account, "starter", "points", 100) }
	e.Network.Disturb(func(hqsync.Request) testkit.Fault { return testkit.LoseAnswer })
	if err := asked(); !errors.Is(err, testkit.ErrLost) {
		t.Fatal(err)
	}
	e.Network.Disturb(nil)
	w.greet(e)
	w.pull(e)
	status, err := e.Store.Status(ctx)
	w.must(err)
	if len(status.OpenRights) != 1 || status.OpenRights[0].Rest != 600 {
		t.Errorf("rights here: %+v, want 500 placed and 100 asked for", status.OpenRights)
	}
	if err := e.Exchange.AskRight(ctx, account, "starter", "points", 500); !errors.As(err, new(*ledger.RightRefused)) {
		t.Errorf("more than there is: %v", err)
	}
}

// A clock that is far off does not keep a till from sending: headquarters'
// signed word of the time is believed, once per request, and only that.
func TestClockOff(t *testing.T) {
	for name, off := range map[string]time.Duration{"a year ahead": 365 * 24 * time.Hour, "in 1999": -27 * 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			w := newWorld(t)
			e := w.till()
			w.takeIn(e)
			w.sell(e, 1_000)
			e.Network.Sent()
			exchange := hqsync.NewExchange(e.Identity(), e.Store, e.Network,
				func() time.Time { return w.Clock.Now().Add(off) }, nil)
			sent, err := exchange.Push(ctx)
			if err != nil || sent != 2 {
				t.Fatalf("sent %d, %v", sent, err)
			}
			if n := len(e.Network.Sent()); n != 2 {
				t.Errorf("%d requests, want one refused for its time and one more", n)
			}
			if _, err := exchange.Greet(ctx); err != nil {
				t.Error(err)
			}
			if n := len(e.Network.Sent()); n != 1 {
				t.Errorf("%d requests: the offset is forgotten", n)
			}
			w.agrees(2)
		})
	}
}

// A till whose disk went back to an earlier day goes on in a new epoch, be it
// that its mark shows it or that headquarters says so; what both lives sold
// counts, each once.
func TestRegress(t *testing.T) {
	for name, marked := range map[string]bool{"the mark shows it": true, "headquarters says so": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			e := w.till()
			w.takeIn(e)
			w.sell(e, 60_000)
			w.drain(e)
			w.pull(e)
			w.must(e.Store.Close())
			backup := w.Copy(e)
			w.must(backup.Store.Close())

			e = w.Reopen(e)
			w.sell(e, 2_000, "five") // not in the backup
			w.drain(e)
			before := w.head(e)
			w.must(e.Store.Close())
			if marked {
				mark, err := os.ReadFile(filepath.Join(e.Options.Dir, "mark"))
				w.must(err)
				w.must(os.WriteFile(filepath.Join(backup.Options.Dir, "mark"), mark, 0o600))
			}

			restored := w.Reopen(backup)
			if marked {
				w.sell(restored, 3_000)
			}
			if welcome := w.greet(restored); welcome.Standing != wire.InStep {
				t.Fatalf("standing %q", welcome.Standing)
			}
			if after := w.head(restored); after.Epoch != before.Epoch+1 {
				t.Errorf("epoch %d after %d", after.Epoch, before.Epoch)
			}
			w.sell(restored, 4_000)
			w.drain(restored)
			w.agrees(0)
			w.pull(restored)
			member, _, err := restored.Identify(context.Background(), e164)
			if got := member.Balance("points").Shown; err != nil || got != w.earned {
				t.Errorf("the till shows %d, told was %d (%v)", got, w.earned, err)
			}
		})
	}
}

func (w *world) head(e *testkit.Enrolled) ledger.Head {
	w.t.Helper()
	head, err := e.Store.Head(context.Background())
	w.must(err)
	return head
}

// Two copies of one terminal that both send are found out: the id is fenced for
// ever, spends nothing more, and what both have is still taken.
func TestFork(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	e := w.till()
	w.takeIn(e)
	w.sell(e, 60_000)
	w.drain(e)
	w.pull(e)
	w.must(e.Store.Close())
	clone := w.Copy(e)
	e = w.Reopen(e)
	w.greet(e)
	w.sell(e, 1_000)
	w.drain(e)

	w.sell(clone, 2_000)
	_, err := clone.Exchange.Push(ctx)
	if errors.Is(err, hqsync.ErrGreet) {
		_, err = clone.Exchange.Greet(ctx)
	}
	if err != nil && !errors.Is(err, hqsync.ErrFenced) {
		t.Fatal(err)
	}
	welcome := w.greet(clone)
	if welcome.Standing != wire.Fenced {
		t.Fatalf("standing %q", welcome.Standing)
	}
	if _, err := clone.Exchange.Pull(ctx, 0); !errors.Is(err, hqsync.ErrFenced) {
		t.Errorf("feed of a fenced id: %v", err)
	}
	w.drain(clone)
	_, err = clone.Complete(ctx, w.Clock.Now(), checkout.Basket{
		Entry: clone.NewEntry(), SaleID: "spend", Currency: "TRY", Redeem: testkit.Once("five"),
		Lines: []ledger.Line{{Net: 1000, Gross: 1000, Quantity: 1}}, Who: checkout.Who{Phone: e164, Proof: ledger.Claimed},
	})
	var refused *loyalty.NoRedeem
	if !errors.As(err, &refused) || refused.Reason != loyalty.IsFenced {
		t.Errorf("a fenced till redeems: %v", err)
	}
	w.must(w.Work(ctx))
	status, err := w.Status(ctx)
	w.must(err)
	if status.Unprojected != 0 || status.Held == 0 {
		t.Errorf("headquarters: %+v; want what came after the fork held", status)
	}
}

// altered is a transport with somebody in the middle.
type altered struct {
	hqsync.Transport
	alter func(hqsync.Request, hqsync.Answer) hqsync.Answer
}

func (a altered) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	answer, err := a.Transport.Do(ctx, r)
	if err != nil {
		return answer, err
	}
	return a.alter(r, answer), nil
}

// Only headquarters can say that an entry is stored: whatever stands between
// changes nothing here, and the same entries are sent again.
func TestUnsignedIsNoAck(t *testing.T) {
	var kept hqsync.Answer
	for _, c := range []struct {
		name  string
		alter func(hqsync.Request, hqsync.Answer) hqsync.Answer
		busy  bool // worth a retry, by what it says
	}{
		{"signature gone", func(_ hqsync.Request, a hqsync.Answer) hqsync.Answer {
			a.Header = a.Header.Clone()
			a.Header.Del("Loyaltyd-Signature")
			return a
		}, false},
		{"words changed", func(_ hqsync.Request, a hqsync.Answer) hqsync.Answer {
			a.Body = []byte(strings.Replace(string(a.Body), `"incarnation":1`, `"incarnation":2`, 1))
			return a
		}, false},
		{"a portal's page", func(hqsync.Request, hqsync.Answer) hqsync.Answer {
			return hqsync.Answer{Status: 200, Body: []byte("<html>please pay")}
		}, false},
		{"a refusal made a success", func(_ hqsync.Request, a hqsync.Answer) hqsync.Answer { a.Status = 201; return a }, true},
		{"a balancer's word", func(hqsync.Request, hqsync.Answer) hqsync.Answer { return hqsync.Answer{Status: 502} }, true},
		{"a made-up time", func(hqsync.Request, hqsync.Answer) hqsync.Answer {
			return hqsync.Answer{Status: 401, Body: []byte(`{"code":"clock","status":401,"title":"x","at_ms":1}`)}
		}, true},
		{"an older answer", func(_ hqsync.Request, a hqsync.Answer) hqsync.Answer {
			if kept.Status == 0 {
				kept = a
				return hqsync.Answer{Status: 502}
			}
			return kept
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := context.Background()
			w := newWorld(t)
			e := w.till()
			w.takeIn(e)
			w.sell(e, 1_000)
			honest := e.Network.Transport
			e.Network.Transport = altered{honest, c.alter}
			for range 2 {
				_, err := e.Exchange.Push(ctx)
				var refusal *wire.Refusal
				if err == nil || c.busy && kept.Status == 0 && (!errors.As(err, &refusal) || refusal.Code != wire.CodeBusy) {
					t.Fatalf("got %v", err)
				}
				if stretch, err := e.Store.Unsent(ctx, 500, 1<<20); err != nil || len(stretch.Bodies) != 2 {
					t.Fatalf("%d entries are left to send, %v", len(stretch.Bodies), err)
				}
			}
			if _, err := e.Exchange.Greet(ctx); err == nil {
				t.Error("greeted")
			}
			if _, err := e.Exchange.Pull(ctx, 0); err == nil {
				t.Error("read the feed")
			}
			e.Network.Transport = honest
			w.drain(e)
			w.agrees(2)
		})
	}
}

// The loop brings everything over a real network that is cut and healed, and
// tells each change of state once.
func TestCutAndHealed(t *testing.T) {
	w := newWorld(t)
	proxy := testkit.NewProxy(t, w.Address)
	e := w.Enroll(proxy.Address)
	w.takeIn(e)
	told := make(chan bool, 100)
	loop := hqsync.NewLoop(e.Exchange)
	loop.MaxWait = 50 * time.Millisecond
	loop.Changed = func(err error) { told <- err == nil }
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- loop.Run(ctx) }()
	if !<-told {
		t.Error("not reached")
	}
	w.sell(e, 1_000)
	loop.Appended()
	w.sent(e)
	proxy.Cut()
	if <-told {
		t.Error("reached, with the network cut")
	}
	w.sell(e, 2_000)
	loop.Appended()
	proxy.Heal()
	if !<-told {
		t.Error("not reached again")
	}
	w.sent(e)
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if len(told) > 0 {
		t.Errorf("%d more changes told", len(told))
	}
	w.agrees(3)
}

// sent waits until headquarters has everything a till has.
func (w *world) sent(e *testkit.Enrolled) {
	w.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		status, err := e.Store.Status(context.Background())
		w.must(err)
		if status.Unsent == 0 {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%d entries are unsent", status.Unsent)
		}
		runtime.Gosched()
	}
}

// A code is good once, for one key, at the headquarters whose fingerprint it
// has; the same key may ask again.
func TestEnroll(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	code := w.Code(w.Address, "Lane")
	transport := hqsync.NewHTTP(code.URL, hqsync.FingerprintOf(code.Fingerprint))
	defer transport.Close()
	enroll := func(code wire.EnrollmentCode, key byte) (wire.Enrolled, error) {
		public := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{key}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
		enrolled, err := hqsync.Enroll(ctx, transport, code, public, "machine")
		if err != nil && strings.Contains(err.Error(), code.Secret) {
			t.Errorf("the error tells the secret: %v", err)
		}
		return enrolled, err
	}
	other := code
	other.Fingerprint = "aaaa-aaaa-aaaa-aaaa"
	if _, err := enroll(other, 1); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("another headquarters' fingerprint: %v", err)
	}
	first, err := enroll(code, 1)
	w.must(err)
	again, err := enroll(code, 1)
	w.must(err)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("asked again: %s", diff)
	}
	if _, err := enroll(code, 2); err == nil {
		t.Error("a code was good for two terminals")
	}
	other = code
	other.Secret = "made up, and long enough"
	if _, err := enroll(other, 3); err == nil {
		t.Error("a made-up code was good")
	}
}
