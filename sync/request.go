package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Request is what a transport sends: a path with its query, headers, and the
// body as packed.
type Request struct {
	Method string
	Target string
	Header http.Header
	Body   []byte
}

// Answer is what came back; Body is unpacked.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// clockOffset is shared by the goroutines that sign requests.
type clockOffset struct{ d atomic.Int64 }

func (o *clockOffset) apply(t time.Time) time.Time { return t.Add(time.Duration(o.d.Load())) }
func (o *clockOffset) set(d time.Duration)         { o.d.Store(int64(d)) }

// speaker signs requests to one other side, and checks what it answers.
type speaker struct {
	identity  Identity
	transport Transport
	now       func() time.Time
	// genuinely says what is wrong with an answer that the other side did not sign over
	// the request's nonce.
	genuinely func(ctx context.Context, answer Answer, nonce string) error
	offset    clockOffset // the other side's time less ours, as it told us
	manner    manner
}

// ask sends a message and decodes the countersigned answer into one. A
// refusal is a *wire.Refusal.
func (x *speaker) ask(ctx context.Context, method, target string, message []byte, into any) error {
	answer, err := x.askAnswer(ctx, method, target, message)
	return decodeAnswer(target, answer, err, into)
}

func decodeAnswer(target string, answer []byte, err error, into any) error {
	if err != nil {
		return err
	}
	if err := ledger.DecodeJSON(answer, into); err != nil {
		return fmt.Errorf("read answer to %s: %w", target, err)
	}
	return nil
}

// askAnswer is ask that leaves the answer as it came. A request whose time headquarters
// did not believe is signed again by its clock, once.
func (x *speaker) askAnswer(ctx context.Context, method, target string, message []byte) (answer []byte, err error) {
	answer, err = x.askOnce(ctx, method, target, message)
	var refusal *wire.Refusal
	switch {
	case !errors.As(err, &refusal):
		return answer, err
	case refusal.Code == wire.CodeUnknown && refusal.Terminal != nil && *refusal.Terminal == x.identity.Terminal:
		return nil, ErrUnknown
	case refusal.Code != wire.CodeClock:
		return nil, err
	}
	x.offset.set(time.UnixMilli(refusal.AtMillis).Sub(x.now()))
	return x.askOnce(ctx, method, target, message)
}

func (x *speaker) askOnce(ctx context.Context, method, target string, message []byte) ([]byte, error) {
	request := Request{Method: method, Target: target, Header: http.Header{}, Body: message}
	briefly := x.manner.briefly(target, x.now())
	if len(message) > 0 {
		encoding := encodingOf(target, briefly)
		request.Body = pack(encoding, message)
		request.Header.Set("Content-Encoding", encoding)
	}
	nonce, err := x.sign(request, briefly)
	if err != nil {
		return nil, err
	}
	answer, err := x.carry(ctx, request)
	if err != nil {
		return nil, err
	}
	err = x.judge(ctx, answer, nonce)
	if briefly {
		x.manner.judge(err, x.now())
	}
	if err != nil {
		return nil, err
	}
	x.manner.hear(target, answer.Header)
	return answer.Body, nil
}

// judge says what is wrong with an answer that is not the other side's, or a refusal.
func (x *speaker) judge(ctx context.Context, answer Answer, nonce string) error {
	if err := x.genuinely(ctx, answer, nonce); err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return readRefusal(answer)
	}
	return nil
}

// sign puts the request's token into its header.
func (x *speaker) sign(request Request, briefly bool) (nonce string, err error) {
	r, err := http.NewRequest(request.Method, request.Target, nil)
	if err != nil {
		return "", fmt.Errorf("sign request: %w", err)
	}
	r.Header = request.Header
	authorize := wire.Authorize
	if briefly {
		authorize = wire.AuthorizeBriefly
	}
	return authorize(r, request.Body, x.identity.Terminal, x.identity.Chain, x.identity.Key, x.offset.apply(x.now()))
}

// unsigned judges an answer that the other side did not sign. Something between
// us may say busy, that it passes on nothing as large, or refuse us; nothing it says is
// an ack or moves our clock.
func unsigned(answer Answer, err error) error {
	if answer.Status == http.StatusOK {
		return fmt.Errorf("read answer: %w", err)
	}
	code := wire.CodeBusy
	if answer.Status == http.StatusRequestEntityTooLarge {
		code = wire.CodeTooLarge
	}
	return &wire.Refusal{
		Code: code, Status: answer.Status, Title: "no answer of its own",
		Detail: http.StatusText(answer.Status), RetryAfter: retryAfter(answer.Header),
	}
}

func readRefusal(answer Answer) error {
	var refusal wire.Refusal
	if err := json.Unmarshal(answer.Body, &refusal); err != nil { // with nothing behind it
		return fmt.Errorf("read refusal of status %d: %w", answer.Status, err)
	}
	refusal.RetryAfter = retryAfter(answer.Header)
	return &refusal
}

// retryAfter reads a number of seconds, or the time that a load balancer may say
// instead (RFC 9110 §10.2.3), by the clock of whoever says it. Anything else is no
// wish, and nobody wishes for more than an hour.
func retryAfter(h http.Header) time.Duration {
	wish := h.Get("Retry-After")
	wait, err := time.ParseDuration(wish + "s")
	if at, wrong := http.ParseTime(wish); wrong == nil {
		var now time.Time
		now, err = http.ParseTime(h.Get("Date"))
		wait = at.Sub(now)
	}
	if err != nil {
		return 0
	}
	return min(max(wait, 0), time.Hour)
}
