package sync

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// maxAnswer is for how long an answer may be on its way, by our clock: a client waits for
// less.
const maxAnswer = wire.MaxWait + time.Minute

// errSlept says that what came is of long ago.
var errSlept = errors.New("the answer was on its way for longer than anybody waits: this machine slept, or its clock was set")

// carry brings a request to the other side. An answer that a machine reads after it slept
// says what was true when it fell asleep: by that no clock is set, nobody is in touch, and
// what it tells is asked for again.
func (x *speaker) carry(ctx context.Context, request Request) (Answer, error) {
	asked := x.now().Round(0) // what slept has no monotonic clock
	answer, err := x.transport.Do(ctx, request)
	if err == nil && x.now().Round(0).Sub(asked) > maxAnswer {
		return Answer{}, errSlept
	}
	return answer, err
}
