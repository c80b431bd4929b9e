package sync_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// scripted is a headquarters that answers by script, signed as the real one
// does, and notes when it was asked what.
type scripted struct {
	welcome wire.Welcome
	// push and pull answer with an error or refusal; nil acknowledges, or
	// waits like a feed that has nothing.
	hello, push, pull func() error

	mu    sync.Mutex
	asked []asked
}

type asked struct {
	path string
	at   time.Time
}

var hqKey = ed25519.NewKeyFromSeed([]byte("headquarters of a scripted world"))

func (s *scripted) identity() hqsync.Identity {
	return hqsync.Identity{Headquarters: hqKey.Public().(ed25519.PublicKey), Key: hqKey}
}

// loop runs an exchange of a till with the script.
func (s *scripted) loop(till *testkit.Till) *hqsync.Loop {
	return hqsync.NewLoop(s.exchange(till))
}

func (s *scripted) exchange(till *testkit.Till) *hqsync.Exchange {
	identity := s.identity()
	identity.Terminal = till.Options.Terminal
	return hqsync.NewExchange(identity, till.Store, s, till.Clock.Now, nil)
}

func (s *scripted) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	path, _, _ := strings.Cut(r.Target, "?")
	s.mu.Lock()
	s.asked = append(s.asked, asked{path, time.Now()})
	push, many := s.push, len(s.asked) > 20_000
	s.mu.Unlock()
	if many { // without end: let time pass, so that the test can say so
		<-ctx.Done()
		return hqsync.Answer{}, ctx.Err()
	}
	switch path {
	case wire.HelloPath:
		return s.answer(r, s.welcome, call(s.hello))
	case wire.BatchPath:
		message, err := wire.Unpack(wire.Zstd, r.Body)
		if err != nil {
			return hqsync.Answer{}, err
		}
		batch, err := wire.DecodeBatch(message, hqKey.Public().(ed25519.PublicKey))
		if err != nil {
			return hqsync.Answer{}, err
		}
		return s.answer(r, ackOf(batch.Seal), call(push))
	}
	if s.pull != nil {
		return s.answer(r, wire.Page{}, s.pull())
	}
	if strings.Contains(r.Target, "wait=25s") {
		select {
		case <-time.After(wire.MaxWait):
		case <-ctx.Done():
			return hqsync.Answer{}, ctx.Err()
		}
	}
	return s.answer(r, wire.Page{}, nil)
}

func call(script func() error) error {
	if script == nil {
		return nil
	}
	return script()
}

func ackOf(seal ledger.Seal) ledger.Ack {
	return ledger.Ack{
		V: 1, Head: seal.Head, Incarnation: 1, At: ledger.MillisOf(testkit.Noon), Token: "t",
		UpTo: ledger.Place{
			Terminal: seal.Terminal, Epoch: seal.Epoch, Branch: seal.Branch, Seq: seal.First + ledger.Seq(seal.Count) - 1,
		},
	}
}

func (s *scripted) answer(r hqsync.Request, value any, err error) (hqsync.Answer, error) {
	status, header := http.StatusOK, http.Header{}
	if err != nil {
		refusal, ok := err.(*wire.Refusal)
		if !ok {
			return hqsync.Answer{}, err
		}
		status, value = refusal.Status, refusal
		if refusal.RetryAfter > 0 {
			header.Set("Retry-After", strings.TrimSuffix(refusal.RetryAfter.String(), "s"))
		}
	}
	body, err := json.Marshal(value)
	if err != nil {
		return hqsync.Answer{}, err
	}
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), &claims); err != nil {
		return hqsync.Answer{}, err
	}
	wire.Countersign(header, hqKey, "k", claims.ID, status, body)
	return hqsync.Answer{Status: status, Header: header, Body: body}, nil
}

// times are when a path was asked.
func (s *scripted) times(path string) (times []time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.asked {
		if a.path == path {
			times = append(times, a.at)
		}
	}
	return times
}
