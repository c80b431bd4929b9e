package hub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hub"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// knows says whether a lane finds who has a number.
func (s *shop) knows(lane int, number string) bool {
	s.Helper()
	parsed, err := phone.Parse(number, "TR")
	s.must(err)
	_, err = s.lanes[lane].Store.Find(context.Background(), ledger.PhoneIdentifier, parsed.E164())
	if errors.Is(err, loyalty.ErrUnknownMember) {
		return false
	}
	s.must(err)
	return true
}

// introduced wants the hub to have so many introductions.
func (s *shop) introduced(want int) {
	s.Helper()
	status, err := s.hub.Status(context.Background())
	s.must(err)
	if status.Introduced != want {
		s.Errorf("the hub has %d introductions, want %d", status.Introduced, want)
	}
}

// oneAccount wants every lane to find the account that headquarters has of a number.
func (s *shop) oneAccount(number string) {
	s.Helper()
	member, err := s.hq.MemberByPhone(context.Background(), number)
	s.must(err)
	for lane := range s.lanes {
		found, _, err := s.lanes[lane].Identify(context.Background(), number)
		s.must(err)
		if found.Account.String() != member.Account.String() || found.Introduced {
			s.Errorf("lane %d finds %s (%v), headquarters has %s", lane, found.Account, found.Introduced, member.Account)
		}
	}
}

// Who is enrolled at a lane while the uplink is cut is found at the others: what she
// earned there is shown, what she earns here is hers. Once it is back headquarters has
// one account, whichever lane it hears first.
func TestEnrolledAtAnotherLane(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]int{"the lane that enrolled her first": 0, "the other first": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			s := newShop(t, 3)
			s.cut(true)
			s.join(0, ana)
			s.sell(0, ana, 10_000)
			if s.knows(1, ana) {
				t.Fatal("she is known before anybody told of her")
			}
			s.meet()
			s.introduced(1)
			s.shows(1, ana, 100)
			s.sell(1, ana, 20_000)
			s.shows(1, ana, 300)
			s.meet()
			s.shows(0, ana, 300)
			s.shows(2, ana, 300)
			s.sell(2, ana, 5_000)
			s.meet()

			s.lanes[first].Direct.Disturb(nil)
			_, err := s.lanes[first].Exchange.Once(ctx)
			s.must(err)
			s.must(s.hq.Work(ctx))
			for lane := range s.lanes {
				s.shows(lane, ana, s.told[ana])
			}
			s.cut(false)
			s.settle()
			s.agree()
			s.oneAccount(ana)
			s.introduced(0)
		})
	}
}

// inFolder reports whether bytes are in any file of a folder.
func (s *shop) inFolder(dir string, trace []byte) bool {
	s.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	s.must(err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		s.must(err)
		if bytes.Contains(text, trace) {
			return true
		}
	}
	return false
}

// What she spends at another lane later comes of her one account: nothing of before is in
// the way.
func TestSpendsAfterTheCut(t *testing.T) {
	t.Parallel()
	s := newShop(t, 2)
	s.cut(true)
	s.join(0, ana)
	s.sell(0, ana, 60_000)
	s.meet()
	s.sell(1, ana, 60_000)
	s.refused(s.try(1, ana, 2_000, "five"))
	s.cut(false)
	s.settle()
	s.cut(true)
	s.sell(1, ana, 2_000, "five")
	s.cut(false)
	s.settle()
	s.agree()
}

// A lane that is restarted, and one that is found by nobody but its own database, know her
// still; a hub that lost its file is told again.
func TestIntroducedAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t, 3)
	s.cut(true)
	s.join(0, ana)
	s.sell(0, ana, 10_000)
	s.must(s.lanes[0].Meet(context.Background()))
	s.must(s.lanes[1].Meet(context.Background()))
	s.must(s.lanes[1].Store.Close())
	s.lanes[1] = s.hq.Reopen(s.lanes[1])
	s.lanes[1].UseHub(s.hub)
	s.shows(1, ana, 100)
	s.hub.Kill()
	s.must(os.Remove(filepath.Join(s.hub.Dir(), hub.DatabaseFile)))
	s.hub.Restart()
	s.hub.Uplink.Disturb(nil)
	s.must(s.hub.LearnLanes(context.Background()))
	s.hub.Uplink.Disturb(lost)
	if s.knows(2, ana) {
		t.Fatal("it was told already")
	}
	s.meet()
	s.shows(2, ana, 100)
	s.shows(1, ana, 100)
	s.cut(false)
	s.settle()
	s.agree()
	s.introduced(0)
}

// One number that two lanes enroll before they hear of each other is one account in the
// end, whatever a third lane sold to the one or the other.
func TestEnrolledAtTwoLanes(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]int{"first": 0, "second": 1, "third": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, 3)
			s.cut(true)
			s.join(0, ana)
			s.join(1, ana)
			s.sell(0, ana, 10_000)
			s.sell(1, ana, 20_000)
			s.meet()
			if !s.knows(2, ana) {
				t.Fatal("the third lane does not know her")
			}
			s.sell(2, ana, 5_000)
			s.meet()
			s.lanes[first].Direct.Disturb(nil)
			_, err := s.lanes[first].Exchange.Once(context.Background())
			s.must(err)
			s.must(s.hq.Work(context.Background()))
			s.cut(false)
			s.settle()
			s.agree()
			s.oneAccount(ana)
			s.introduced(0)
		})
	}
}

// Who was given a card at a lane is found by it at the others; who joined a household
// there is who is here.
func TestCardOfAnotherLane(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShop(t, 2)
	s.join(0, ana)
	s.sell(0, ana, 10_000)
	s.settle()
	s.cut(true)
	const card = "2912345678906"
	her, _, err := s.lanes[0].Identify(ctx, ana)
	s.must(err)
	s.must(s.lanes[0].AddCard(ctx, s.hq.Clock.Now(), s.lanes[0].NewEntry(), checkout.Who{Account: her.Account, Member: her.ID}, card))
	s.meet()
	found, err := s.lanes[1].IdentifyCard(ctx, card)
	s.must(err)
	if found.Account != her.Account || found.Balance(testkit.Points).Shown != 100 || found.ID != her.ID {
		t.Errorf("by her card lane 1 finds %+v", found)
	}
	s.cut(false)
	s.settle()
	s.introduced(0)
	if found, err = s.lanes[1].IdentifyCard(ctx, card); err != nil || found.Account != her.Account || found.Introduced {
		t.Errorf("afterwards %+v, %v", found, err)
	}
	s.agree()
}

// What a lane told of somebody that is fenced before headquarters has it counts no more:
// the number is nobody's, and whoever enrolls it has what was sold to it meanwhile.
func TestIntroductionIsWithdrawn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShop(t, 3)
	s.cut(true)
	s.join(0, ana)
	s.meet()
	s.sell(1, ana, 10_000)
	s.meet()
	_, err := s.hq.ReplaceTerminal(ctx, s.lanes[0].Options.Terminal, time.Hour)
	s.must(err)
	s.hub.Uplink.Disturb(nil)
	s.must(s.hub.Sync(ctx))
	s.must(s.lanes[2].Meet(ctx))
	if s.knows(2, ana) {
		t.Error("lane 2 knows her by the word of a lane that is none")
	}
	s.introduced(0)
	s.lanes = s.lanes[1:]
	s.join(1, ana)
	s.cut(false)
	s.settle()
	s.settle()
	s.agree()
	s.oneAccount(ana)
}

// Whoever is erased is introduced to nobody, in no byte of the hub and of no lane: not by
// a lane that has not heard, nor to one that has by a hub that has not.
func TestErasedIsIntroducedToNobody(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShop(t, 3)
	hash := s.lanes[0].Options.LookupKey.Hash(ledger.PhoneIdentifier, ana)
	s.cut(true)
	s.join(0, ana)
	s.must(s.lanes[0].Meet(ctx))
	s.must(s.lanes[1].Meet(ctx))
	if !s.inFolder(s.hub.Dir(), hash[:]) || !s.inFolder(s.lanes[1].Options.Dir, hash[:]) {
		t.Fatal("her hash is not where it should be: nothing is shown by its absence")
	}
	s.lanes[0].Direct.Disturb(nil)
	_, err := s.lanes[0].Exchange.Push(ctx) // headquarters has her, and nobody hears of it
	s.must(err)
	s.lanes[0].Direct.Disturb(lost)
	s.must(s.hq.Work(ctx))
	_, err = s.hq.EraseMember(ctx, hq.MemberErasure{ID: s.lanes[0].NewEntry(), Whom: hq.Whom{Phone: ana}, Reason: "she asked", Operator: "1"})
	s.must(err)
	s.must(s.hq.Work(ctx))

	s.lanes[2].Direct.Disturb(nil)
	for range 2 {
		_, err = s.lanes[2].Exchange.Once(ctx) // has heard
		s.must(err)
	}
	s.must(s.lanes[2].Meet(ctx))
	if s.knows(2, ana) || s.inFolder(s.lanes[2].Options.Dir, hash[:]) {
		t.Error("a lane that has heard is told of her by a hub that has not")
	}
	var page wire.NewsPage
	heard := wire.Erasures{Heard: s.lanes[2].Store.ErasedUpTo()}
	s.as(2, http.MethodGet, wire.HubNewsPath+"?cursor=0.0&wait=0s&introductions=0.0&erasures="+heard.Text(), nil, &page)
	if len(page.Introductions) > 0 || *page.Introduced != (ledger.Cursor{}) { // else it asked again at once, for ever
		t.Errorf("the hub tells a lane that has heard more than itself %+v up to %v", page.Introductions, *page.Introduced)
	}
	s.hub.Uplink.Disturb(nil)
	for range 2 {
		_, err = s.hub.Exchange.Once(ctx)
		s.must(err)
	}
	s.introduced(0)
	s.must(s.lanes[0].Meet(ctx)) // has not heard
	s.introduced(0)
	if s.inFolder(s.hub.Dir(), hash[:]) {
		t.Error("the hub has her hash")
	}
	s.cut(false)
	s.settle()
	s.settle()
	for lane := range s.lanes {
		if s.knows(lane, ana) || s.inFolder(s.lanes[lane].Options.Dir, hash[:]) {
			t.Errorf("lane %d has something of her", lane)
		}
	}
	s.join(1, bo) // the list goes on
	s.meet()
	if !s.knows(2, bo) {
		t.Error("lane 2 is introduced to nobody any more")
	}
}

// Of two lanes that took in one number the one is fenced before headquarters hears of it,
// and whom the other took in is erased before the feed has her everywhere. The hub dropped
// the one when its feed had the other: no lane finds either.
func TestErasedBesideOneWhoWaits(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShop(t, 3)
	hash := s.lanes[0].Options.LookupKey.Hash(ledger.PhoneIdentifier, ana)
	s.cut(true)
	s.join(0, ana)
	s.join(1, ana)
	s.must(s.lanes[0].Meet(ctx))
	s.must(s.lanes[1].Meet(ctx))
	s.must(s.lanes[2].Meet(ctx))
	s.lanes[1].Direct.Disturb(nil)
	_, err := s.lanes[1].Exchange.Push(ctx)
	s.must(err)
	s.must(s.hq.Work(ctx))
	_, err = s.hq.ReplaceTerminal(ctx, s.lanes[0].Options.Terminal, time.Hour)
	s.must(err)
	s.hub.Uplink.Disturb(nil)
	s.must(s.hub.Sync(ctx))
	s.introduced(0)
	_, err = s.hq.EraseMember(ctx, hq.MemberErasure{ID: s.lanes[1].NewEntry(), Whom: hq.Whom{Phone: ana}, Reason: "she asked", Operator: "1"})
	s.must(err)
	s.must(s.hq.Work(ctx))
	s.lanes = s.lanes[1:]
	s.cut(false)
	s.settle()
	s.settle()
	for lane := range s.lanes {
		if s.knows(lane, ana) || s.inFolder(s.lanes[lane].Options.Dir, hash[:]) {
			t.Errorf("lane %d has something of who was erased", lane+1)
		}
	}
}

// goOn is a lane's conversation with the hub that goes on from where it was.
func (s *shop) goOn(lane int) {
	s.Helper()
	ctx := context.Background()
	e := s.lanes[lane]
	_, err := e.Link.Push(ctx)
	s.must(err)
	_, err = e.Link.Push(ctx)
	s.must(err)
	_, err = e.Link.Pull(ctx, 0)
	if errors.Is(err, hqsync.ErrGreet) {
		err = e.Meet(ctx)
	}
	s.must(err)
}

// Whoever enrolls with a number that was erased is introduced as anybody is, also where
// the hub has not heard of the erasure when it is told of her, or a lane when it hears of
// her: each still has the row of who was erased.
func TestNewcomerWithAnErasedNumber(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	hears := func(s *shop, at *testkit.Network, exchange *hqsync.Exchange) {
		at.Disturb(nil)
		for range 2 {
			_, err := exchange.Once(ctx)
			s.must(err)
		}
		at.Disturb(lost)
	}
	hub := func(s *shop) { hears(s, s.hub.Uplink, s.hub.Exchange) }
	other := func(s *shop) { hears(s, s.lanes[0].Direct, s.lanes[0].Exchange) }
	for name, order := range map[string][2]func(s *shop){"the hub hears last": {other, hub}, "the other lane hears last": {hub, other}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCutShop(t, 2)
			_, err := s.hq.EraseMember(ctx, hq.MemberErasure{ID: s.lanes[0].NewEntry(), Whom: hq.Whom{Phone: ana}, Reason: "she asked", Operator: "1"})
			s.must(err)
			s.must(s.hq.Work(ctx))
			order[0](s)
			hears(s, s.lanes[1].Direct, s.lanes[1].Exchange)
			s.join(1, ana)
			s.goOn(1)
			s.goOn(0)
			order[1](s)
			s.goOn(1)
			s.goOn(0)
			if !s.knows(0, ana) {
				t.Error("lane 0 does not find her whom lane 1 enrolled")
			}
			s.cut(false)
			s.settle()
			s.oneAccount(ana)
			s.introduced(0)
		})
	}
}

// A hub that leads a number to somebody else's account, or to one that is not there,
// shows what is not true and moves nothing: whoever has the number has what was sold to
// it, also where she is enrolled later. Of whom the feed has told a lane it believes
// nobody else.
func TestHubLiesAboutNewcomers(t *testing.T) {
	t.Parallel()
	for name, heard := range map[string]bool{"the sale is heard of first": false, "the enroll is heard of first": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			s := newShop(t, 2)
			s.join(0, bo)
			s.sell(0, bo, 10_000)
			s.settle()
			other, _, err := s.lanes[1].Identify(ctx, bo)
			s.must(err)
			s.cut(true)
			const eda = "+905331112233"
			var lies []ledger.Introduction
			for number, to := range map[string]ledger.AccountID{ana: other.Account, eda: s.lanes[1].NewAccount(), bo: s.lanes[1].NewAccount()} {
				lies = append(lies, ledger.Introduction{
					Hash:    s.lanes[1].Options.LookupKey.Hash(ledger.PhoneIdentifier, number),
					Account: to, Member: ledger.MemberID(to), Name: "B***", Terminal: s.hub.Terminal(),
				})
			}
			at, err := s.lanes[1].Store.IntroductionCursor(ctx)
			s.must(err)
			s.must(s.lanes[1].Store.ApplyIntroductions(ctx, lies, at, ledger.Cursor{Incarnation: 9, Position: 3}, 0))
			s.shows(1, bo, 100)
			s.sell(1, ana, 20_000)
			s.sell(1, eda, 30_000)
			s.join(0, ana)
			s.join(0, eda)
			first := 1
			if heard {
				first = 0
			}
			s.lanes[first].Direct.Disturb(nil)
			_, err = s.lanes[first].Exchange.Once(ctx)
			s.must(err)
			s.must(s.hq.Work(ctx))
			s.cut(false)
			s.settle()
			s.settle()
			for number, want := range s.told {
				member, err := s.hq.MemberByPhone(ctx, number)
				s.must(err)
				if len(member.Balances) != 1 || member.Balances[0].Available+member.Balances[0].Escrowed != want {
					t.Errorf("headquarters has %+v of %s, told was %d", member.Balances, number, want)
				}
			}
			s.oneAccount(ana)
			s.oneAccount(eda)
			s.sound()
		})
	}
}

// A lane of the release before says nothing of introductions and is told nothing: it
// would not understand.
func TestLaneOfTheReleaseBefore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShop(t, 2)
	s.cut(true)
	s.join(0, ana)
	s.sell(0, ana, 10_000)
	s.must(s.lanes[0].Meet(ctx))
	head, err := s.lanes[1].Store.Head(ctx)
	s.must(err)
	hello, err := json.Marshal(wire.Hello{Protocol: wire.Protocol, Release: "before", Head: head, Fingerprint: "machine"})
	s.must(err)
	var welcome struct {
		Known ledger.Head        `json:"known"`
		Parts []ledger.GivenPart `json:"parts,omitempty"`
		At    ledger.Millis      `json:"at_ms"`
	}
	s.as(1, http.MethodPost, wire.HubHelloPath, hello, &welcome)
	var page struct {
		News []ledger.News `json:"news,omitempty"`
		Next ledger.Cursor `json:"next"`
		More bool          `json:"more,omitempty"`
		At   ledger.Millis `json:"at_ms"`
	}
	s.as(1, http.MethodGet, wire.HubNewsPath+"?cursor=0.0&wait=0s", nil, &page)
	if len(page.News) != 1 || page.Next.Position == 0 {
		t.Errorf("it is told %+v", page)
	}
	s.must(s.lanes[1].Meet(ctx)) // it is upgraded, and has heard all news
	if !s.knows(1, ana) {
		t.Error("a lane that is upgraded is introduced to nobody who came before")
	}
}

// as asks the hub as a lane does, and decodes its answer as strictly.
func (s *shop) as(lane int, method, target string, message []byte, into any) {
	s.Helper()
	r := httptest.NewRequest(method, target, bytes.NewReader(message))
	id := s.lanes[lane].Identity()
	_, err := wire.Authorize(r, message, id.Terminal, id.Chain, id.Key, s.hq.Clock.Now())
	s.must(err)
	w := httptest.NewRecorder()
	s.hub.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		s.Fatalf("%s: %d %s", target, w.Code, w.Body)
	}
	s.must(ledger.DecodeJSON(w.Body.Bytes(), into))
}

// What makes no sense is refused with words: no hash, nobody's account, a name that
// would command a printer, more than a request may have.
func TestIntroductionsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	account := s.lanes[0].NewAccount()
	good := ledger.Introduction{Hash: ledger.KeyedHash{1}, Account: account, Member: ledger.MemberID(account), Name: "A***"}
	for name, spoil := range map[string]func(*wire.Introductions){
		"no hash":         func(i *wire.Introductions) { i.Introductions[0].Hash = ledger.KeyedHash{} },
		"no account":      func(i *wire.Introductions) { i.Introductions[0].Account = ledger.AccountID{} },
		"no member":       func(i *wire.Introductions) { i.Introductions[0].Member = ledger.MemberID{} },
		"a drawer's kick": func(i *wire.Introductions) { i.Introductions[0].Name = "\x1bp0" },
		"a long name":     func(i *wire.Introductions) { i.Introductions[0].Name = strings.Repeat("A", 1000) },
		"too many":        func(i *wire.Introductions) { i.Introductions = make([]ledger.Introduction, wire.MaxIntroductions+1) },
	} {
		told := wire.Introductions{Introductions: []ledger.Introduction{good}}
		spoil(&told)
		message, err := json.Marshal(told)
		s.must(err)
		r := httptest.NewRequest(http.MethodPost, wire.HubIntroductionsPath, bytes.NewReader(message))
		id := s.lanes[0].Identity()
		_, err = wire.Authorize(r, message, id.Terminal, id.Chain, id.Key, s.hq.Clock.Now())
		s.must(err)
		w := httptest.NewRecorder()
		s.hub.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "introduction") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	s.introduced(0)
	message, err := json.Marshal(wire.Introductions{Introductions: []ledger.Introduction{good}})
	s.must(err)
	s.as(0, http.MethodPost, wire.HubIntroductionsPath, message, new(wire.Introduced))
	s.introduced(1)
}
