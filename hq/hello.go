package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/event"
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
		t, err := readTerminal(tx, from)
		if err != nil {
			return err
		}
		found, err := t.judge(tx, said.Head)
		if err != nil {
			return err
		}
		if found.forked != "" {
			if err := t.fence(tx, found.forked, now); err != nil {
				return err
			}
			events = append(events, event.Event{What: event.Fork, Terminal: from, Reason: found.forked})
		}
		if said.Fingerprint != t.machine {
			events = append(events, event.Event{What: event.Machine, Terminal: from})
		}
		if err := h.sees(tx, &t, now); err != nil {
			return err
		}
		if said.KeyID != "" && !h.keys.Line().HasID(said.KeyID) {
			events = append(events, event.Event{What: event.UnknownKey, Terminal: from})
		}
		if err := t.greeted(tx, said, found); err != nil {
			return err
		}
		w = wire.Welcome{
			Standing: found.standing, Known: found.known, Common: found.common,
			Incarnation: h.chain.incarnation, At: now, Durable: t.durable,
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
		if t.fenced && said.Fencing {
			if w.Fencing, err = t.fencing(tx); err != nil {
				return err
			}
		}
		w.Token, err = h.issue(tx, &t)
		return err
	})
	if err != nil {
		return w, err
	}
	for _, e := range events {
		h.notify(e)
	}
	h.intake.raise() // there may be something to place
	return w, h.view(ctx, func(tx *database.Tx) error {
		t, err := readTerminal(tx, from)
		if err != nil {
			return err
		}
		store, err := readStore(tx, h.keys, t.store)
		w.Store = store.Store
		if err != nil || w.Standing != wire.InStep {
			return err
		}
		w.Rights, err = openGrants(tx, &t)
		return err
	})
}

// greeted records a hello.
func (t *terminal) greeted(tx *database.Tx, said wire.Hello, found standing) error {
	if found.standing == wire.InStep {
		t.epoch, t.branch = said.Head.Epoch, said.Head.Branch
	}
	changed := 0
	if said.Fingerprint != t.machine {
		changed = 1
	}
	_, err := tx.Exec(`
		UPDATE terminal
		SET machine = $1, machine_changes = machine_changes + $2, epoch = $3, branch = $4, unrooted = $5, takes_uses = $6, key_id = $7,
		    takes_outside = $8
		WHERE terminal = $9`,
		said.Fingerprint, changed, t.epoch, t.branch, max(t.unrooted, found.unrooted), said.Uses, said.KeyID,
		said.Outside, t.id)
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

// judge also minds an epoch that was greeted and of which nothing came in yet:
// a journal below it was rolled back, one beside it is a second one.
func (t *terminal) judge(tx *database.Tx, head ledger.Head) (standing, error) {
	found, err := t.standing(tx, head)
	if err != nil || found.standing != wire.InStep || head.Epoch > t.epoch {
		return found, err
	}
	greeted := life{Head: ledger.Head{Epoch: t.epoch, Branch: t.branch}}
	if head.Epoch == t.epoch {
		if head.Branch == t.branch {
			return found, nil
		}
		return forked(greeted, fmt.Sprintf("two branches of epoch %d", head.Epoch)), nil
	}
	common := found.known
	return standing{standing: wire.Regress, known: greeted.Head, common: &common}, nil
}

// standing compares a terminal's head with what came in of its journal.
func (t *terminal) standing(tx *database.Tx, head ledger.Head) (standing, error) {
	latest, err := latestLife(tx, t.id)
	if err != nil {
		return standing{}, err
	}
	same, err := readLife(tx, t.id, head.Epoch, head.Branch)
	if err != nil {
		return standing{}, err
	}
	if t.fenced {
		return fencedAt(same, head), nil
	}
	switch {
	case same.known:
		return t.compare(tx, same, latest, head)
	case latest.known && head.Epoch <= latest.Epoch:
		forks, err := otherBranch(tx, t.id, head.Epoch, head.Branch)
		if err != nil || !forks {
			return standing{standing: wire.Regress, known: latest.Head}, err
		}
		return forked(latest, fmt.Sprintf("two branches of epoch %d", head.Epoch)), nil
	}
	return t.newLife(tx, latest, head)
}

// fencedAt lets every copy of a fenced id send what it has: it is asked only
// for what its own branch lacks here.
func fencedAt(same life, head ledger.Head) standing {
	if !same.known {
		return standing{standing: wire.Fenced, known: unsent(head)}
	}
	return standing{standing: wire.Fenced, known: same.Head}
}

func forked(latest life, why string) standing {
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

// compare is for a branch of which something came in.
func (t *terminal) compare(tx *database.Tx, same, latest life, head ledger.Head) (standing, error) {
	common := head
	if head.Seq > same.Seq {
		common = same.Head
	} else {
		link, err := same.linkAt(tx, t.id, head.Seq)
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
		turns, err := t.takesTurns(tx, head, same, latest)
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
func (t *terminal) newLife(tx *database.Tx, latest life, head ledger.Head) (standing, error) {
	if t.unrooted == head.Epoch {
		return regressed(latest), nil
	}
	if head.Seq == 0 {
		ok, err := t.roots(tx, latest, head.Epoch, head.Hash)
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

func regressed(latest life) standing {
	common := latest.Head
	return standing{standing: wire.Regress, known: latest.Head, common: &common}
}

// roots reports whether an epoch may begin from this hash: one that came in,
// none where nothing did, or any where the terminal was sent back before.
func (t *terminal) roots(tx *database.Tx, latest life, epoch ledger.Epoch, from ledger.Hash) (bool, error) {
	if t.unrooted > 0 && epoch > t.unrooted || !latest.known && from.IsZero() {
		return true, nil
	}
	return hasHash(tx, t.id, from)
}
