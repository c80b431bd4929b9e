package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// HubOutbox is the terminal's store as the exchange with its store's hub needs it.
// Every method is safe to repeat after an error.
type HubOutbox interface {
	Head(ctx context.Context) (ledger.Head, error)
	// Knows reports whether the journal has this hash at this head's place.
	Knows(ctx context.Context, head ledger.Head) (bool, error)
	// UnsentAfter returns the entries behind a head, at most entries and bytes of them,
	// always one if there is one; behind the zero head those that headquarters does not
	// have, and the last of those that it has.
	UnsentAfter(ctx context.Context, has ledger.Head, entries, bytes int) (ledger.Stretch, error)
	// NewsCursor returns up to where the hub's list was applied.
	NewsCursor(ctx context.Context) (ledger.Cursor, error)
	// ApplyNews keeps what other lanes told, and moves the cursor, in one transaction.
	ApplyNews(ctx context.Context, news []ledger.News, next ledger.Cursor) error
	// AddPart keeps a part of a hub's right that was checked.
	AddPart(ctx context.Context, part ledger.SignedEntry) error
	Introducing
}

// HubLink is a lane's conversation with its store's hub: the hub has what the lane
// tells headquarters, from the same journal and under the same seals, tells what
// other lanes told it, and gives parts of the rights that stand at it. Nothing of it
// is headquarters' word: the lane's outbox stays as it is.
type HubLink struct {
	speaker
	outbox   HubOutbox
	newRight func() ledger.RightID
	hub      string // the fingerprint of its key
	// line are headquarters' keys, which sign the rights that the hub splits.
	line func(context.Context) (ledger.KeyChain, error)
	// follow asks which keys followed those, and reports whether that leads anywhere.
	follow func(context.Context) (bool, error)

	limit limit // of what Push tells

	mu      sync.Mutex
	relayed ledger.Head // up to where the hub has the journal
	// introduces says that the hub takes introductions, introduced how far it has them,
	// heard up to which erasure it has heard, as far as it has said so.
	introduces bool
	introduced ledger.IntroducedUpTo
	heard      ledger.Millis
	// asked is a request that was not answered: the hub may have given what it asks
	// for, and gives it again under the same id.
	asked *wire.PartRequest
}

// NewHubLink returns a link of the lane whose exchange with headquarters it is given
// to the hub of a fingerprint, which has not said hello.
func NewHubLink(of *Exchange, hub string, outbox HubOutbox, transport Transport) *HubLink {
	l := &HubLink{
		speaker: speaker{identity: of.identity, transport: transport, now: of.now},
		outbox:  outbox, newRight: of.newRight, hub: hub, line: of.line, follow: of.askKeys, limit: fullLimit(),
	}
	l.genuinely = l.byHub
	return l
}

// byHub checks that the hub signed an answer. One that it signs over no nonce is that
// of a hub which does not know whose it would be.
func (l *HubLink) byHub(_ context.Context, answer Answer, nonce string) error {
	err := wire.CheckHubAnswer(answer.Header, l.hub, nonce, answer.Status, answer.Body)
	if err != nil && answer.Status == http.StatusUnauthorized {
		err = wire.CheckHubAnswer(answer.Header, l.hub, "", answer.Status, answer.Body)
	}
	if err != nil {
		return unsigned(answer, err)
	}
	return nil
}

// Relayed is up to where the hub has the lane's journal, as it last said.
func (l *HubLink) Relayed() ledger.Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.relayed
}

func (l *HubLink) relay(to ledger.Head) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.relayed = to
}

// Greet asks the hub up to where it has the lane's journal, and takes the parts whose
// delivery was lost.
func (l *HubLink) Greet(ctx context.Context) (w wire.Welcome, err error) {
	head, err := l.outbox.Head(ctx)
	if err != nil {
		return w, err
	}
	message, err := json.Marshal(wire.Hello{
		Protocol: wire.Protocol, Release: l.identity.Release, Head: head, Fingerprint: l.identity.Fingerprint,
	})
	if err != nil {
		return w, err
	}
	var welcome wire.HubWelcome
	if err := l.ask(ctx, http.MethodPost, wire.HubHelloPath+"?"+wire.IntroductionsParam+"=1", message, &welcome); err != nil {
		return w, fmt.Errorf("greet hub: %w", err)
	}
	known, err := l.outbox.Knows(ctx, welcome.Known)
	if err != nil {
		return w, err
	}
	if !known {
		welcome.Known = ledger.Head{} // of a journal that this one was before: it is told all that is unsent
	}
	l.relay(welcome.Known)
	l.beginIntroducing(welcome.Introductions)
	if err := l.takeParts(ctx, welcome.Parts); err != nil {
		return w, fmt.Errorf("greet hub: %w", err)
	}
	return wire.Welcome{Standing: wire.InStep, Known: welcome.Known, At: welcome.At}, nil
}

// Push tells the hub one batch, or, where it has all entries, whom they introduce.
func (l *HubLink) Push(ctx context.Context) (int, error) {
	n, err := l.tell(ctx)
	if n > 0 || err != nil {
		return n, err
	}
	return l.introduce(ctx)
}

func (l *HubLink) tell(ctx context.Context) (int, error) {
	stretch, err := l.outbox.UnsentAfter(ctx, l.Relayed(), l.limit.entries, l.limit.bytes)
	if err != nil || len(stretch.Bodies) == 0 {
		return 0, err
	}
	stretch.Seal.At = ledger.MillisOf(l.now())
	message, err := wire.EncodeBatch(stretch.Seal, l.identity.Key, stretch.Bodies, stretch.Attachments)
	if err != nil {
		return 0, fmt.Errorf("tell hub: %w", err)
	}
	var relayed wire.Relayed
	if err := l.ask(ctx, http.MethodPost, wire.HubBatchPath, message, &relayed); err != nil {
		return 0, fmt.Errorf("tell hub: %w", l.limit.judge(err, len(stretch.Bodies)))
	}
	to := ledger.Head{Epoch: relayed.UpTo.Epoch, Branch: relayed.UpTo.Branch, Seq: relayed.UpTo.Seq, Hash: relayed.Head}
	last := stretch.Seal.First + ledger.Seq(len(stretch.Bodies)) - 1
	if to != (ledger.Head{Epoch: stretch.Seal.Epoch, Branch: stretch.Seal.Branch, Seq: last, Hash: stretch.Seal.Head}) {
		return 0, errors.New("tell hub: it says to have something else")
	}
	l.relay(to)
	l.limit = l.limit.grow()
	return len(stretch.Bodies), nil
}

// Pull reads what other lanes told the hub.
func (l *HubLink) Pull(ctx context.Context, wait time.Duration) (more bool, err error) {
	cursor, err := l.outbox.NewsCursor(ctx)
	if err != nil {
		return false, err
	}
	query := url.Values{"cursor": {cursorText(cursor)}, "wait": {wait.String()}}
	introduced, err := l.askIntroductions(ctx, query)
	if err != nil {
		return false, err
	}
	var page wire.NewsPage
	if err := l.ask(ctx, http.MethodGet, wire.HubNewsPath+"?"+query.Encode(), nil, &page); err != nil {
		return false, fmt.Errorf("read hub's news: %w", err)
	}
	if page.Next != cursor || len(page.News) > 0 {
		if err := l.outbox.ApplyNews(ctx, page.News, page.Next); err != nil {
			return false, fmt.Errorf("read hub's news: %w", err)
		}
	}
	if err := l.takeIntroductions(ctx, introduced, &page); err != nil {
		return false, fmt.Errorf("read hub's news: %w", err)
	}
	return page.More && page.Next != cursor, nil // who stays where it was has no more
}

// AskPart asks the hub for parts of the rights that stand at it, together of an
// amount, and keeps them. A *ledger.RightRefused says that it gives none.
func (l *HubLink) AskPart(ctx context.Context, account ledger.AccountID, program string, unit ledger.Unit, amount ledger.Points) error {
	head, err := l.outbox.Head(ctx)
	if err != nil {
		return err
	}
	asked := l.asking(wire.PartRequest{
		RightRequest: wire.RightRequest{Account: account, Program: program, Unit: unit, Amount: amount},
		Epoch:        head.Epoch, Branch: head.Branch,
	})
	message, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	var answer wire.PartAnswer
	if err := l.ask(ctx, http.MethodPost, wire.HubRightsPath, message, &answer); err != nil {
		return fmt.Errorf("ask hub: %w", err)
	}
	if err := l.takeParts(ctx, answer.Parts); err != nil {
		return fmt.Errorf("ask hub: %w", err)
	}
	l.answered()
	if len(answer.Parts) == 0 {
		return &ledger.RightRefused{Why: answer.Refuse}
	}
	return nil
}

// takeParts keeps what a hub gave, if all of it is what it says. Headquarters may have
// granted it with a key that this lane has not heard of yet.
func (l *HubLink) takeParts(ctx context.Context, parts []ledger.GivenPart) error {
	line, err := l.line(ctx)
	if err != nil {
		return err
	}
	foreign := func(given ledger.GivenPart) bool {
		return !line.Signed(ledger.EntryDomain, given.Grant.Body, given.Grant.Signature)
	}
	if slices.ContainsFunc(parts, foreign) {
		if led, err := l.follow(ctx); err == nil && led {
			if line, err = l.line(ctx); err != nil {
				return err
			}
		} // else it is refused below
	}
	for _, given := range parts {
		if _, err := ledger.TakePart(given.Grant, given.Part, line, l.hub); err != nil {
			l.answered()
			return err
		}
	}
	for _, given := range parts {
		if err := l.outbox.AddPart(ctx, given.Part); err != nil {
			return err
		}
	}
	return nil
}

// asking gives a request its id: that of the last one, where it was not answered and
// asked for the same.
func (l *HubLink) asking(r wire.PartRequest) wire.PartRequest {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asked != nil {
		r.ID = l.asked.ID
	}
	if l.asked == nil || r != *l.asked {
		r.ID = l.newRight()
	}
	l.asked = &r
	return r
}

func (l *HubLink) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = nil
}
