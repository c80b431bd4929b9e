package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// hello finds how a terminal's journal stands to what came in of it, opens a
// session and delivers the open rights of its branch again.
func (h *Headquarters) hello(ctx context.Context, from ledger.TerminalID, said wire.Hello) (wire.Welcome, error) {
	if said.Protocol != wire.Protocol {
		return wire.Welcome{}, wire.Refuse(wire.CodeUpgrade, "")
	}
	now := h.time()
	var w wire.Welcome
	var events []event.Event
	err := h.update(ctx, func(tx *database.Tx) error {
		events = nil
		t, err := records.ReadTerminal(tx, from)
		if err != nil {
			return err
		}
		found, err := judgeHead(tx, &t, said.Head)
		if err != nil {
			return err
		}
		if found.forked != "" {
			if err := records.Fence(tx, &t, found.forked, now); err != nil {
				return err
			}
			events = append(events, event.Event{What: event.Fork, Terminal: from, Reason: found.forked})
		}
		if said.Fingerprint != t.Machine {
			events = append(events, event.Event{What: event.Machine, Terminal: from})
		}
		if err := h.sees(tx, &t, now); err != nil {
			return err
		}
		if said.KeyID != "" && !h.keys.Line().HasID(said.KeyID) {
			events = append(events, event.Event{What: event.UnknownKey, Terminal: from})
		}
		if err := greeted(tx, &t, said, found); err != nil {
			return err
		}
		w = wire.Welcome{
			Standing: found.standing, Known: found.known, Common: found.common,
			Incarnation: h.chain.incarnation, At: now, Durable: t.Durable,
		}
		if said.KeyID != "" {
			w.Keys = h.keys.Successions()
		}
		waits, err := readAwaited(tx, from)
		if err != nil {
			return err
		}
		w.HandBack = found.standing == wire.InStep && waits.owes(said.Head)
		if found.standing == wire.Regress {
			events = append(events, event.Event{What: event.Regress, Terminal: from})
		}
		if t.Fenced && said.Fencing {
			if w.Fencing, err = fencingOf(tx, &t); err != nil {
				return err
			}
		}
		w.Token, err = h.issue(tx, &t)
		return err
	})
	if err != nil {
		return w, err
	}
	h.door.locked.Delete(from)
	for _, e := range events {
		h.notify(e)
	}
	h.intake.raise() // there may be something to place
	return w, h.view(ctx, func(tx *database.Tx) error {
		t, err := records.ReadTerminal(tx, from)
		if err != nil {
			return err
		}
		store, err := records.ReadStore(tx, h.keys, t.Store)
		w.Store = store.Store
		if err != nil || w.Standing != wire.InStep {
			return err
		}
		w.Rights, err = authority.OpenGrants(tx, &t)
		return err
	})
}

// greeted records a hello.
func greeted(tx *database.Tx, t *records.Terminal, said wire.Hello, found standing) error {
	if found.standing == wire.InStep {
		t.Epoch, t.Branch = said.Head.Epoch, said.Head.Branch
	}
	changed := 0
	if said.Fingerprint != t.Machine {
		changed = 1
	}
	_, err := tx.Exec(`
		UPDATE terminal
		SET machine = $1, machine_changes = machine_changes + $2, epoch = $3, branch = $4, unrooted = $5, takes_uses = $6, key_id = $7,
		    takes_outside = $8
		WHERE terminal = $9`,
		said.Fingerprint, changed, t.Epoch, t.Branch, max(t.Unrooted, found.unrooted), said.Uses, said.KeyID,
		said.Outside, t.ID)
	if err != nil {
		return fmt.Errorf("record hello: %w", err)
	}
	return nil
}

// standing is what a hello's head was found to be.
type standing struct {
	standing wire.Standing
	known    ledger.Head
	common   *ledger.Head
	forked   string       // why the id is to be fenced
	unrooted ledger.Epoch // an epoch whose beginning is not known here
}

// judgeHead also minds an epoch that was greeted and of which nothing came in yet:
// a journal below it was rolled back, one beside it is a second one.
func judgeHead(tx *database.Tx, t *records.Terminal, head ledger.Head) (standing, error) {
	found, err := standingOf(tx, t, head)
	if err != nil || found.standing != wire.InStep || head.Epoch > t.Epoch {
		return found, err
	}
	greeted := records.Life{Head: ledger.Head{Epoch: t.Epoch, Branch: t.Branch}}
	if head.Epoch == t.Epoch {
		if head.Branch == t.Branch {
			return found, nil
		}
		return forked(greeted, fmt.Sprintf("two branches of epoch %d", head.Epoch)), nil
	}
	common := found.known
	return standing{standing: wire.Regress, known: greeted.Head, common: &common}, nil
}

// standingOf compares a terminal's head with what came in of its journal.
func standingOf(tx *database.Tx, t *records.Terminal, head ledger.Head) (standing, error) {
	latest, err := records.LatestLife(tx, t.ID)
	if err != nil {
		return standing{}, err
	}
	same, err := records.ReadLife(tx, t.ID, head.Epoch, head.Branch)
	if err != nil {
		return standing{}, err
	}
	if t.Fenced {
		return fencedAt(same, head), nil
	}
	switch {
	case same.Known:
		return compareLives(tx, t, same, latest, head)
	case latest.Known && head.Epoch <= latest.Epoch:
		forks, err := records.OtherBranch(tx, t.ID, head.Epoch, head.Branch)
		if err != nil || !forks {
			return standing{standing: wire.Regress, known: latest.Head}, err
		}
		return forked(latest, fmt.Sprintf("two branches of epoch %d", head.Epoch)), nil
	}
	return newLife(tx, t, latest, head)
}

// fencedAt lets every copy of a fenced id send what it has: it is asked only
// for what its own branch lacks here.
func fencedAt(same records.Life, head ledger.Head) standing {
	if !same.Known {
		return standing{standing: wire.Fenced, known: unsent(head)}
	}
	return standing{standing: wire.Fenced, known: same.Head}
}

func forked(latest records.Life, why string) standing {
	return standing{standing: wire.Fenced, known: latest.Head, forked: why}
}

// unsent is the head of an epoch of which nothing came in: what it began from
// is known only while it is empty.
func unsent(head ledger.Head) ledger.Head {
	known := ledger.Head{Epoch: head.Epoch, Branch: head.Branch}
	if head.Seq == 0 {
		known.Hash = head.Hash
	}
	return known
}

// compareLives is for a branch of which something came in.
func compareLives(tx *database.Tx, t *records.Terminal, same, latest records.Life, head ledger.Head) (standing, error) {
	common := head
	if head.Seq > same.Seq {
		common = same.Head
	} else {
		link, err := same.LinkAt(tx, t.ID, head.Seq)
		if err != nil {
			return standing{}, err
		}
		if link != head.Hash {
			return forked(latest, fmt.Sprintf("another entry stands at %d.%d", head.Epoch, head.Seq)), nil
		}
	}
	if same.Epoch == latest.Epoch && head.Seq >= same.Seq {
		return standing{standing: wire.InStep, known: same.Head}, nil
	}
	if same.Epoch < latest.Epoch {
		turns, err := takesTurns(tx, t, head, same, latest)
		if err != nil {
			return standing{}, err
		}
		if turns {
			return forked(latest, fmt.Sprintf("two machines take turns: epoch %d began beside the one before, and epoch %d goes on", latest.Epoch, head.Epoch)), nil
		}
	}
	return standing{standing: wire.Regress, known: latest.Head, common: &common}, nil
}

// newLife is for an epoch above all that came in. One whose beginning is not
// known here is sent back once, to begin from what is; a terminal that comes
// again in a still higher epoch has nothing of that, and is taken as it is: no
// past fact is refused.
func newLife(tx *database.Tx, t *records.Terminal, latest records.Life, head ledger.Head) (standing, error) {
	if t.Unrooted == head.Epoch {
		return regressed(latest), nil
	}
	if head.Seq == 0 {
		ok, err := rootsIn(tx, t, latest, head.Epoch, head.Hash)
		if err != nil {
			return standing{}, err
		}
		if !ok {
			found := regressed(latest)
			found.unrooted = head.Epoch
			return found, nil
		}
	}
	return standing{standing: wire.InStep, known: unsent(head)}, nil
}

func regressed(latest records.Life) standing {
	common := latest.Head
	return standing{standing: wire.Regress, known: latest.Head, common: &common}
}

// rootsIn reports whether an epoch may begin from this hash: one that came in,
// none where nothing did, or any where the terminal was sent back before.
func rootsIn(tx *database.Tx, t *records.Terminal, latest records.Life, epoch ledger.Epoch, from ledger.Hash) (bool, error) {
	if t.Unrooted > 0 && epoch > t.Unrooted || !latest.Known && from.IsZero() {
		return true, nil
	}
	return records.HasHash(tx, t.ID, from)
}
