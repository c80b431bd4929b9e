package sync_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// liar is between a till and headquarters, as a hub or a load balancer is. It asks
// headquarters in the name of nobody, with a nonce that is the till's and what
// headquarters would sign behind it if it refused the till, and passes that on.
type liar struct {
	next    hqsync.Transport
	chain   ledger.ChainID
	refusal string
}

// Do implements hqsync.Transport.
func (l liar) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), &claims); err != nil {
		return hqsync.Answer{}, err
	}
	said := fmt.Sprintf("%d\x00%s", http.StatusForbidden, l.refusal)
	answer, err := l.ask(ctx, claims.ID+"\x00"+said)
	if err != nil {
		return answer, err
	}
	behind := fmt.Sprintf("\x00%d\x00%s", answer.Status, answer.Body)
	return hqsync.Answer{Status: http.StatusForbidden, Header: answer.Header, Body: []byte(l.refusal + behind)}, nil
}

// ask says hello as a terminal that there is not.
func (l liar) ask(ctx context.Context, nonce string) (hqsync.Answer, error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return hqsync.Answer{}, err
	}
	sum, now := sha256.Sum256(nil), time.Now()
	signed, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": ledger.TerminalID(uuid.New()).String(), "aud": l.chain.String(), "jti": nonce, "iat": now.Unix(), "exp": now.Unix() + 60,
		"htm": http.MethodPost, "htu": wire.HelloPath, "bsh": hex.EncodeToString(sum[:]),
	}).SignedString(key)
	if err != nil {
		return hqsync.Answer{}, err
	}
	return l.next.Do(ctx, hqsync.Request{
		Method: http.MethodPost, Target: wire.HelloPath, Header: http.Header{"Authorization": {"Bearer " + signed}},
	})
}

const forgedFork = `{"code":"fork","status":403,"title":"fork"}`

// Whoever sees a till's nonce cannot have headquarters sign a refusal over it, by which
// a till would be fenced for ever or go by another clock.
func TestNoRefusalInAnothersName(t *testing.T) {
	w := newWorld(t)
	e := w.Enroll(w.Address)
	whole := e.Network.Transport
	e.Network.Transport = &release{next: whole, silent: true} // so that nothing is said briefly
	w.greet(e)
	w.takeIn(e)
	e.Network.Transport = liar{whole, e.Identity().Chain, forgedFork}
	if _, err := e.Exchange.Push(context.Background()); err == nil || errors.Is(err, hqsync.ErrFenced) {
		t.Errorf("the till heard %v", err)
	}
	e.Network.Transport = whole
	w.greet(e)
	w.sell(e, 10_000)
	w.drain(e)
	w.agrees(2)
}

// signsAny is a headquarters of a release before, which signs over whatever is given as
// a nonce that it knows nobody.
type signsAny struct{}

// Do implements hqsync.Transport.
func (signsAny) Do(_ context.Context, r hqsync.Request) (hqsync.Answer, error) {
	return new(scripted).answer(r, nil, wire.Refuse(wire.CodeUnknown, ""))
}

// A till takes no refusal with anything behind it, whoever signed that.
func TestRefusalAlone(t *testing.T) {
	till := testkit.NewTill(t, testkit.Program(t))
	sell(t, till, 1)
	identity := new(scripted).identity()
	identity.Terminal = till.Options.Terminal
	exchange := hqsync.NewExchange(identity, till.Store, liar{next: signsAny{}, refusal: forgedFork}, till.Clock.Now, nil)
	if _, err := exchange.Push(context.Background()); err == nil || errors.Is(err, hqsync.ErrFenced) {
		t.Errorf("the till heard %v", err)
	}
}
