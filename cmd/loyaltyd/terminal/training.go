package terminal

import (
	"errors"
	"os"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// TrainingMark is what a till in training says to who runs it, wherever it can.
const TrainingMark = "TRAINING"

// openTraining makes the folder.
func (t *Terminal) openTraining() error {
	if !t.Config.Training {
		return nil
	}
	t.log.Warn().Msg("TRAINING: nothing is real, and nothing is sent")
	return os.MkdirAll(datadir.JournalDir(t.Config), 0o700)
}

// errTraining is what asks a till in training to reach headquarters.
func errTraining() error {
	return exit.Fail(exit.Unavailable, "set training to false and restart the till", errors.New("this till is in training: nothing is sent"))
}

// sales is the store as the counter and the API write to it. What a till in
// training sells has no headquarters to be told to.
func (t *Terminal) sales() checkout.Store {
	if t.loop == nil {
		return t.Store
	}
	return signaling{t.Store, t.loop, t.near, t.metrics, t.events}
}

// asker is whom rights are asked of; nobody in training.
func (t *Terminal) asker() checkout.Asker {
	switch {
	case t.exchange == nil:
		return nil
	case t.own != nil:
		return caughtUp{t.exchange, t.loop, t.own}
	case t.near != nil:
		return hqsync.Nearby{Link: t.near.link, Exchange: t.exchange, Reached: t.near.reached.Load}
	}
	return t.exchange
}

// greeting is what the display shows while nobody is served.
func (t *Terminal) greeting() string {
	if t.Config.Training {
		return checkout.TrainingWords(t.Till.Language) + " " + t.Identity.Store.Name
	}
	return t.Identity.Store.Name
}
