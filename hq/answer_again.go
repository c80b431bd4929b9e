package hq

import (
	"context"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// answerAgain acks a batch of which all stands here already: its answer was lost, or its
// terminal was put back. The head that its seal is signed for is that of the chain at
// its last place, and covers every line up to there, so nothing of what it brings is
// looked at, and nobody waits for whoever writes. It says nothing of any other
// batch.
func (h *Headquarters) answerAgain(ctx context.Context, from ledger.TerminalID, message []byte, b *wire.Batch, relayed bool, now ledger.Millis) (answer []byte, err error) {
	a := &arrival{Batch: b, at: now}
	if len(b.Bodies) == 0 || b.Seal.First == 0 {
		return nil, nil
	}
	err = h.view(ctx, func(tx *database.Tx) error {
		t, err := records.ReadTerminal(tx, from)
		if err != nil {
			return err
		}
		number, ok := h.tokenNumber(from, b.Seal.Token)
		if !relayed && (!ok || number > t.Issued) {
			return nil
		}
		here, err := records.ReadLife(tx, from, b.Seal.Epoch, b.Seal.Branch)
		if err != nil || !here.Known || a.last() > here.Seq {
			return err
		}
		if !relayed && number == t.Used {
			if request := ledger.HashOf(message); string(request[:]) == string(t.UsedBytes) {
				answer = t.Answer
				return nil
			}
		}
		link, err := here.LinkAt(tx, from, a.last())
		if err != nil || link != b.Seal.Head {
			return err
		}
		answer, err = h.ackAgain(&t, here, a)
		return err
	})
	return answer, err
}

// answered is where a batch ended that this process kept, and the number of the token
// that its ack gave.
type answered struct {
	token  uint64
	epoch  ledger.Epoch
	branch ledger.Branch
	seq    ledger.Seq
}

// isNext reports whether a batch begins behind the one before it, under the token that
// this process answered that with: it need not be looked for among what stands here.
func (h *Headquarters) isNext(seal ledger.Seal) bool {
	token, ok := h.tokenNumber(seal.Terminal, seal.Token)
	last, known := h.answered.Load(seal.Terminal)
	return ok && known && last == answered{token, seal.Epoch, seal.Branch, seal.First - 1}
}
