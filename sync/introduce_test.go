package sync_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// scriptedHub is a hub that answers by script, signed as a real one does.
type scriptedHub struct {
	welcome wire.HubWelcome
	page    wire.NewsPage
	asked   []string // targets
	told    wire.Introductions
}

var hubKey = ed25519.NewKeyFromSeed([]byte("the hub of a scripted world, too"))

func (h *scriptedHub) Do(_ context.Context, r hqsync.Request) (hqsync.Answer, error) {
	h.asked = append(h.asked, r.Target)
	path, _, _ := strings.Cut(r.Target, "?")
	var answer any
	switch path {
	case wire.HubHelloPath:
		answer = h.welcome
	case wire.HubNewsPath:
		answer = h.page
	case wire.HubIntroductionsPath:
		text, err := wire.Unpack(r.Header.Get("Content-Encoding"), r.Body)
		if err == nil {
			err = json.Unmarshal(text, &h.told)
		}
		if err != nil {
			return hqsync.Answer{}, err
		}
		answer = wire.Introduced{}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return hqsync.Answer{}, err
	}
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), &claims); err != nil {
		return hqsync.Answer{}, err
	}
	header := http.Header{}
	wire.CountersignHub(header, hubKey, claims.ID, http.StatusOK, body)
	return hqsync.Answer{Status: http.StatusOK, Header: header, Body: body}, nil
}

// link is a till's to the script. The till has nothing to tell but whom it took in.
func (h *scriptedHub) link(t *testing.T) (*hqsync.HubLink, *testkit.Till) {
	t.Helper()
	till := testkit.NewTill(t, testkit.Program(t))
	x := (&scripted{}).exchange(till)
	return hqsync.NewHubLink(x, ledger.Fingerprint(hubKey.Public().(ed25519.PublicKey)), till.Store, h), till
}

// takeIn enrolls somebody, and acknowledges the entry.
func takeIn(t *testing.T, till *testkit.Till) {
	t.Helper()
	ctx := context.Background()
	number, err := phone.Parse("+905321234567", "TR")
	if err == nil {
		err = till.Enroll(ctx, till.Clock.Now(), till.NewEntry(), till.NewAccount(), number, "")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A hub of the release before says nothing of introductions: it is told of nobody, and
// asked for nobody.
func TestHubOfTheReleaseBefore(t *testing.T) {
	ctx := context.Background()
	hub := &scriptedHub{page: wire.NewsPage{Next: ledger.Cursor{Incarnation: 3, Position: 1}}}
	link, till := hub.link(t)
	takeIn(t, till)
	head, err := till.Store.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	hub.welcome.Known = head // it has the entry
	if _, err := link.Greet(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := link.Push(ctx); n != 0 || err != nil {
		t.Errorf("it is told %d, %v", n, err)
	}
	if _, err := link.Pull(ctx, 0); err != nil {
		t.Error(err)
	}
	for _, target := range hub.asked[1:] {
		if strings.Contains(target, wire.IntroductionsParam) {
			t.Errorf("it is asked for %s", target)
		}
	}

	hub.welcome.Introductions = true // it is upgraded
	if _, err := link.Greet(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := link.Push(ctx); n != 1 || err != nil || len(hub.told.Introductions) != 1 {
		t.Errorf("the hub is told %+v, %v", hub.told, err)
	}
	if n, err := link.Push(ctx); n != 0 || err != nil {
		t.Errorf("once more it is told %d, %v", n, err)
	}
}

// A hub that has heard of an erasure since it was told whom to introduce is told anew:
// what it took for who was erased may be somebody new.
func TestHubHearsOfAnErasure(t *testing.T) {
	ctx := context.Background()
	at := ledger.Cursor{Incarnation: 3, Position: 1}
	hub := &scriptedHub{welcome: wire.HubWelcome{Introductions: true}, page: wire.NewsPage{Next: at, Introduced: &at}}
	link, till := hub.link(t)
	takeIn(t, till)
	head, err := till.Store.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	hub.welcome.Known = head // it has the entry
	begins := func() {
		t.Helper()
		if _, err := link.Greet(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := link.Push(ctx); n != 1 || err != nil {
			t.Errorf("the hub is told %d, %v", n, err)
		}
		if _, err := link.Pull(ctx, 0); err != nil {
			t.Error(err)
		}
	}
	begins()
	hub.page.Erasures = 50
	if _, err := link.Pull(ctx, 0); !errors.Is(err, hqsync.ErrGreet) {
		t.Errorf("the lane goes on: %v", err)
	}
	begins()
}

// A hub that introduces what cannot be shown is refused with words, and nothing of
// that is kept.
func TestHubIntroducesNonsense(t *testing.T) {
	ctx := context.Background()
	account := ledger.AccountID{1}
	hub := &scriptedHub{welcome: wire.HubWelcome{Introductions: true}, page: wire.NewsPage{
		Next: ledger.Cursor{Incarnation: 3, Position: 1}, Introduced: &ledger.Cursor{Incarnation: 3, Position: 1},
		Introductions: []ledger.Introduction{{Hash: ledger.KeyedHash{1}, Account: account, Member: ledger.MemberID(account), Name: "\x1bp0"}},
	}}
	link, till := hub.link(t)
	if _, err := link.Greet(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := link.Pull(ctx, 0); err == nil || !strings.Contains(err.Error(), "introduction") {
		t.Errorf("the lane says %v", err)
	}
	if at, err := till.Store.IntroductionCursor(ctx); err != nil || at != (ledger.Cursor{}) {
		t.Errorf("the cursor is %v, %v", at, err)
	}
}
