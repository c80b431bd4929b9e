package sync_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// granting is a scripted headquarters whose feed has one page.
type granting struct {
	*scripted
	page wire.Page
}

func (g *granting) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	if strings.HasPrefix(r.Target, wire.FeedPath) {
		return g.answer(r, g.page, nil)
	}
	return g.scripted.Do(ctx, r)
}

// grant is headquarters' to this till, as signed by a key.
func grant(t *testing.T, till *testkit.Till, account ledger.AccountID, amount ledger.Points, key ed25519.PrivateKey) (ledger.RightID, ledger.SignedEntry) {
	t.Helper()
	head, err := till.Store.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	id, at := ledger.RightID(ledger.NewID[struct{}]()), ledger.MillisOf(till.Clock.Now())
	e := &ledger.Entry{
		V: ledger.Version, ID: till.NewEntry(), Kind: ledger.Grant, At: at, Subject: ledger.SubjectOf(account),
		Right: &ledger.Right{
			ID: id, Terminal: till.Options.Terminal, Epoch: head.Epoch, Branch: head.Branch, Program: till.Options.Program,
			Unit: testkit.Points, Amount: amount, SpendUntil: at.Add(time.Hour), ReclaimAt: at.Add(2 * time.Hour),
		},
		Postings: []ledger.Posting{{Unit: testkit.Points, Amount: amount, From: ledger.Available, To: ledger.Escrow(id), Right: id}},
	}
	body, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return id, ledger.SignedEntry{Body: body, Signature: ledger.Sign(key, ledger.EntryDomain, body)}
}

// A right that this release cannot read, as of one to come, or that headquarters did not
// sign, is not kept, and holds up nothing: neither the hello, without which nothing is
// sent, nor what the feed brings with it or behind it.
func TestRightThatIsNone(t *testing.T) {
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, none := range map[string]struct {
		spoil  func(g ledger.SignedEntry) ledger.SignedEntry
		forged int
	}{
		"of a release to come": {func(g ledger.SignedEntry) ledger.SignedEntry {
			g.Body = append(g.Body[:len(g.Body)-1:len(g.Body)-1], `,"to_come":1}`...)
			g.Signature = ledger.Sign(hqKey, ledger.EntryDomain, g.Body)
			return g
		}, 0},
		"of a kind to come": {func(g ledger.SignedEntry) ledger.SignedEntry {
			g.Body = []byte(strings.Replace(string(g.Body), `"kind":"grant"`, `"kind":"lend"`, 1))
			g.Signature = ledger.Sign(hqKey, ledger.EntryDomain, g.Body)
			return g
		}, 0},
		"signed by a stranger": {func(g ledger.SignedEntry) ledger.SignedEntry {
			g.Signature = ledger.Sign(stranger, ledger.EntryDomain, g.Body)
			return g
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			till := testkit.NewTill(t, testkit.Program(t))
			sell(t, till, 1)
			ana := till.NewAccount()
			spoilt, bad := grant(t, till, ana, 500, hqKey)
			bad = none.spoil(bad)
			_, first := grant(t, till, ana, 10, hqKey)
			id, second := grant(t, till, ana, 7, hqKey)
			hq := &granting{scripted: &scripted{welcome: inStep(t, till)}}
			hq.welcome.Rights = []ledger.SignedEntry{bad, first}
			told := func(of ledger.RightID, g ledger.SignedEntry, at ledger.Position) ledger.Change {
				return ledger.Change{Position: at, Kind: ledger.RightChange, Key: of.String(), Right: &ledger.RightState{
					Terminal: till.Options.Terminal, Right: of, Grant: &g,
				}}
			}
			hq.page = wire.Page{Next: ledger.Cursor{Incarnation: 1, Position: 3}, Changes: []ledger.Change{
				told(spoilt, bad, 1), told(id, second, 2),
				{Position: 3, Kind: ledger.AccountChange, Key: ana.String(), Account: &ledger.AccountState{
					Account: ana, AsOf: 1, Balances: []ledger.Balance{{Program: till.Options.Program, Unit: testkit.Points, Escrowed: 517}},
				}},
			}}
			exchange := hqsync.NewExchange(identityOf(till), till.Store, hq, till.Clock.Now, nil)
			forged := 0
			exchange.Forged = func(string) { forged++ }
			if sent, err := exchange.Once(ctx); err != nil || sent != 1 {
				t.Fatalf("sent %d, %v", sent, err)
			}
			if forged != none.forged {
				t.Errorf("told of %d that are not signed, want %d", forged, none.forged)
			}
			status, err := till.Store.Status(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if len(status.OpenRights) != 1 || status.OpenRights[0].Rest != 17 || status.Cursor.Position != 3 {
				t.Errorf("rights %+v, the feed up to %+v", status.OpenRights, status.Cursor)
			}
			if member, err := till.Store.Member(ctx, ana); err != nil || member.Balance(testkit.Points).Shown != 517 {
				t.Errorf("shown %+v, %v", member.Balances, err)
			}
		})
	}
}

func identityOf(till *testkit.Till) hqsync.Identity {
	identity := new(scripted).identity()
	identity.Terminal = till.Options.Terminal
	return identity
}

// A right whose answer was lost is asked for again as the same one: nothing is set aside
// twice for it. Once it is here, however it came, asking anew is another question.
func TestAskedAgain(t *testing.T) {
	lose := func(e *testkit.Enrolled) {
		e.Network.Disturb(func(r hqsync.Request) testkit.Fault {
			if r.Target == wire.RightsPath {
				return testkit.LoseAnswer
			}
			return testkit.None
		})
	}
	for name, arrives := range map[string]func(w *world, e *testkit.Enrolled, ask func(ledger.Points) error){
		"by asking again": func(w *world, e *testkit.Enrolled, ask func(ledger.Points) error) {
			e.Network.Disturb(nil)
			w.must(ask(100))
		},
		"with a hello": func(w *world, e *testkit.Enrolled, _ func(ledger.Points) error) { w.greet(e) },
		"by the feed": func(w *world, e *testkit.Enrolled, _ func(ledger.Points) error) {
			w.must(w.Work(context.Background()))
			w.pull(e)
		},
		"lost twice": func(w *world, e *testkit.Enrolled, ask func(ledger.Points) error) {
			if err := ask(100); !errors.Is(err, testkit.ErrLost) {
				t.Error(err)
			}
			e.Network.Disturb(nil)
			w.must(ask(100))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			e := w.till()
			account := w.takeIn(e)
			w.sell(e, 90_000)
			w.drain(e)
			w.must(w.Work(context.Background()))
			w.pull(e)
			ask := func(amount ledger.Points) error {
				return e.Exchange.AskRight(context.Background(), account, "starter", testkit.Points, amount)
			}
			open := func(when string, want ledger.Points) {
				t.Helper()
				status, err := e.Store.Status(context.Background())
				w.must(err)
				if len(status.OpenRights) != 1 || status.OpenRights[0].Rest != want {
					t.Errorf("%s: rights here %+v, want %d", when, status.OpenRights, want)
				}
				exposure, err := w.Status(context.Background())
				w.must(err)
				if exposure.Exposure != want {
					t.Errorf("%s: headquarters has set %d aside, want %d", when, exposure.Exposure, want)
				}
			}
			open("placed", 500)
			lose(e)
			if err := ask(100); !errors.Is(err, testkit.ErrLost) {
				t.Fatal(err)
			}
			arrives(w, e, ask)
			open("asked for", 600)
			e.Network.Disturb(nil)
			w.must(ask(100))
			open("asked for anew", 700)
			w.must(ask(50))
			open("another amount", 750)
		})
	}
}
