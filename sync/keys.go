package sync

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// OtherKeyError says that whoever answered there has a key that is not known to
// be headquarters'.
type OtherKeyError struct {
	Shown ed25519.PublicKey // nil where it is not known
}

// Error says so.
func (e *OtherKeyError) Error() string {
	return "the server there has another key than this headquarters"
}

// ErrRetiredKey says that headquarters answered with a key that it had replaced:
// it was put back with a key file of before, or somebody has that key who should
// not.
var ErrRetiredKey = errors.New("headquarters answers with a key that it had replaced: bring it the hq.key of after the rotation")

// trust is what an exchange knows of headquarters' keys.
type trust struct {
	now atomic.Pointer[ledger.KeyChain] // nil until the store was asked
	mu  sync.Mutex                      // of whoever changes it
}

// Trusts reports whether a key may be headquarters' when it answers: the one from
// enrollment, and those that followed it as far as headquarters is known to use
// them.
func (x *Exchange) Trusts(key ed25519.PublicKey) bool {
	line := x.trust.now.Load()
	if line == nil {
		return x.identity.Headquarters.Equal(key)
	}
	for _, known := range line.Speaking() {
		if known.Equal(key) {
			return true
		}
	}
	return false
}

// line returns headquarters' keys, with those that the store has.
func (x *Exchange) line(ctx context.Context) (ledger.KeyChain, error) {
	if line := x.trust.now.Load(); line != nil {
		return *line, nil
	}
	x.trust.mu.Lock()
	defer x.trust.mu.Unlock()
	kept, err := x.outbox.Keys(ctx)
	if err != nil {
		return ledger.KeyChain{}, err
	}
	line := ledger.NewKeyChain(x.identity.Chain, x.identity.Headquarters).Resume(kept)
	x.trust.now.Store(&line)
	return line, nil
}

// Genuine says what is wrong with an answer that headquarters did not sign over a
// request's nonce; nil where it did. Once headquarters used a key, those before it sign
// answers no more; that is kept before anything is made of the answer.
func (x *Exchange) Genuine(ctx context.Context, answer Answer, nonce string) error {
	line, err := x.line(ctx)
	if err != nil {
		return err
	}
	signed := func(key ed25519.PublicKey) bool {
		return wire.CheckAnswer(answer.Header, key, nonce, answer.Status, answer.Body) == nil
	}
	for _, key := range line.Speaking() {
		if signed(key) {
			return x.changeLine(ctx, func(line ledger.KeyChain) (ledger.KeyChain, bool) { return line.Hear(key) })
		}
	}
	for _, key := range line.Retired() {
		if signed(key) {
			return ErrRetiredKey
		}
	}
	if id := wire.AnswerKeyID(answer.Header); id != "" && !line.HasID(id) {
		return fmt.Errorf("read answer: %w", &OtherKeyError{})
	}
	return unsigned(answer, wire.ErrSignature)
}

// learn follows what headquarters says of its keys, and keeps it. It reports whether
// the newest is another now.
func (x *Exchange) learn(ctx context.Context, said []ledger.SignedSuccession) (led bool, err error) {
	before, err := x.line(ctx)
	if err != nil {
		return false, err
	}
	err = x.changeLine(ctx, func(line ledger.KeyChain) (ledger.KeyChain, bool) { return line.Learn(said) })
	return err == nil && !x.trust.now.Load().Newest().Equal(before.Newest()), err
}

// changeLine keeps a changed line in the store before anybody goes by it.
func (x *Exchange) changeLine(ctx context.Context, change func(ledger.KeyChain) (ledger.KeyChain, bool)) error {
	before, err := x.line(ctx)
	if err != nil {
		return err
	}
	if _, changed := change(before); !changed {
		return nil
	}
	x.trust.mu.Lock()
	defer x.trust.mu.Unlock()
	line, changed := change(*x.trust.now.Load())
	if !changed {
		return nil
	}
	if err := x.outbox.KeepKeys(ctx, line.Successions()); err != nil {
		return err
	}
	x.trust.now.Store(&line)
	if x.Rekeyed != nil {
		x.Rekeyed(line)
	}
	return nil
}

// ask is a speaker's, by askAnswer.
func (x *Exchange) ask(ctx context.Context, method, target string, message []byte, into any) error {
	answer, err := x.askAnswer(ctx, method, target, message)
	return decodeAnswer(target, answer, err, into)
}

// askAnswer is a speaker's; where headquarters answers with a key that is not known, it is
// asked once how it came by that.
func (x *Exchange) askAnswer(ctx context.Context, method, target string, message []byte) (answer []byte, err error) {
	if _, err := x.line(ctx); err != nil {
		return nil, err
	}
	answer, err = x.speaker.askAnswer(ctx, method, target, message)
	if other, ok := errors.AsType[*OtherKeyError](err); ok {
		if err := x.follow(ctx, other); err != nil {
			return nil, err
		}
		return x.speaker.askAnswer(ctx, method, target, message)
	}
	return answer, err
}

// follow finds the way to a key that is not known from one that is; an error where there
// is none.
func (x *Exchange) follow(ctx context.Context, other *OtherKeyError) error {
	line := *x.trust.now.Load()
	for _, key := range line.Retired() {
		if key.Equal(other.Shown) {
			return ErrRetiredKey
		}
	}
	led, err := x.askKeys(ctx)
	if err != nil {
		return fmt.Errorf("%w, nor says it how it came by that: %w", other, err)
	}
	if !led {
		return other
	}
	return nil
}

// askKeys asks which keys followed those that are known, of whoever answers at
// headquarters' address: what it says is signed by the keys themselves. It
// reports whether that leads anywhere.
func (x *Exchange) askKeys(ctx context.Context) (led bool, err error) {
	answer, err := x.transport.Do(ctx, Request{Method: http.MethodGet, Target: wire.KeysPath, Header: http.Header{}})
	if err != nil || answer.Status != http.StatusOK {
		return false, err
	}
	var said wire.Keys
	if err := ledger.DecodeJSON(answer.Body, &said); err != nil {
		return false, fmt.Errorf("read headquarters' keys: %w", err)
	}
	return x.learn(ctx, said.Keys)
}
