package sync

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// AskRight asks for a right to spend amount of an account now and keeps it.
// Nil means that the right is in the store; a *ledger.RightRefused, that
// headquarters gives none. The request's id is the right's: where the answer was lost
// the same is asked for under the same id until it is answered, or hello or the feed
// brings the right.
func (x *Exchange) AskRight(ctx context.Context, account ledger.AccountID, program string, unit ledger.Unit, amount ledger.Points) error {
	head, err := x.outbox.Head(ctx)
	if err != nil {
		return err
	}
	asked := x.asked.begin(question{
		RightRequest: wire.RightRequest{Account: account, Program: program, Unit: unit, Amount: amount},
		epoch:        head.Epoch, branch: head.Branch,
	}, x.newRight)
	defer x.asked.leave(asked.ID)
	message, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	var answer wire.RightAnswer
	if err := x.ask(ctx, http.MethodPost, wire.RightsPath, message, &answer); err != nil {
		return err
	}
	if answer.Grant == nil {
		x.asked.answered(asked.ID)
		return &ledger.RightRefused{Why: answer.Refuse, Elsewhere: answer.Elsewhere}
	}
	if err := x.keepRight(ctx, *answer.Grant); err != nil {
		return err
	}
	x.asked.answered(asked.ID)
	return nil
}

// question is what a right is asked for, without its id, and the branch that it would be
// bound to.
type question struct {
	wire.RightRequest
	epoch  ledger.Epoch
	branch ledger.Branch
}

// mostAsked bounds how many questions are remembered that were not answered.
const mostAsked = 64

// questions are those that were asked and not answered, by the ids of their rights.
// Several may be asked at once.
type questions struct {
	mu   sync.Mutex
	open map[ledger.RightID]*asking
}

type asking struct {
	question
	now bool // somebody waits for the answer
}

// begin gives a question its id: that of the same one where its answer was lost.
func (q *questions) begin(of question, newRight func() ledger.RightID) wire.RightRequest {
	q.mu.Lock()
	defer q.mu.Unlock()
	request := of.RightRequest
	for id, lost := range q.open {
		if !lost.now && lost.question == of {
			lost.now, request.ID = true, id
			return request
		}
	}
	if q.open == nil || len(q.open) >= mostAsked {
		q.open = map[ledger.RightID]*asking{} // hello brings what was given for them
	}
	request.ID = newRight()
	q.open[request.ID] = &asking{of, true}
	return request
}

// leave says that nobody waits for the answer any more, whatever became of it.
func (q *questions) leave(id ledger.RightID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if left, open := q.open[id]; open {
		left.now = false
	}
}

// answered says that headquarters refused a right, or that it is here, or was: asking for
// as much once more is another question.
func (q *questions) answered(id ledger.RightID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.open, id)
}
