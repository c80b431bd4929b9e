package hq

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Nearly every batch goes on where its terminal's journal ends, under the token of the
// last answer. Those that come together are judged by two queries and kept by four
// statements, however many they are; whatever else comes is judged by itself (admit),
// which says the same of these.

// admitTogether keeps what goes on of batches, and returns those that are to be judged
// by themselves.
func (h *Headquarters) admitTogether(tx *database.Tx, all []*admission) (others []*admission, err error) {
	// Two processes write the rows of the same terminals in one order.
	slices.SortStableFunc(all, func(a, b *admission) int { return bytes.Compare(a.from[:], b.from[:]) })
	var from []ledger.TerminalID
	for _, ad := range all {
		ad.reset()
		from = append(from, ad.from)
	}
	terminals, err := records.ReadTerminals(tx, from)
	if err != nil {
		return nil, err
	}
	lives, err := records.LatestLives(tx, from)
	if err != nil {
		return nil, err
	}
	var k keeping
	for _, ad := range all {
		t := terminals[ad.from]
		here, number, goesOn := h.goesOn(ad.arrival, t, lives[ad.from])
		if !goesOn {
			others = append(others, ad)
			continue
		}
		delete(terminals, ad.from) // a second one of a terminal is judged by what the first leaves
		grown := here
		grown.Known, grown.Seq, grown.Hash = true, ad.last(), ad.Seal.Head
		t.Issued++
		if ad.answer, err = h.ack(t, grown, ad.arrival, here, h.token(t.ID, t.Issued)); err != nil {
			return nil, err
		}
		ad.issued = t.Issued
		k.add(t, ad, grown, number)
	}
	return others, k.write(tx)
}

// goesOn reports whether a batch goes on where the last life of its terminal ends, or
// begins its first, with nothing to be looked up but that, and under which token.
func (h *Headquarters) goesOn(a *arrival, t *records.Terminal, latest []records.Life) (here records.Life, token uint64, goesOn bool) {
	if t == nil || t.Fenced || a.relayed || len(latest) > 1 || len(a.Seal.Origs) > 0 || len(a.Attachments) > 0 {
		return here, 0, false
	}
	if rights := h.rights(); rights.IsSilent(t) {
		return here, 0, false
	}
	here.Epoch, here.Branch = a.Seal.Epoch, a.Seal.Branch
	if len(latest) == 1 {
		here = latest[0]
	}
	token, ok := h.tokenNumber(t.ID, a.Seal.Token)
	return here, token, ok && token > t.Used && token <= t.Issued &&
		here.Epoch == a.Seal.Epoch && here.Branch == a.Seal.Branch && here.Seq+1 == a.Seal.First && here.Hash == a.Seal.Prev
}

// keeping is what is written of batches that go on.
type keeping struct{ lines, seals, lives, terminals [][]any }

func (k *keeping) add(t *records.Terminal, ad *admission, grown records.Life, token uint64) {
	a := ad.arrival
	for i, body := range a.Bodies {
		k.lines = append(k.lines, a.line(t, i, body, ledger.Place{}))
	}
	k.seals = append(k.seals, []any{t.ID, grown.Epoch, grown.Branch, grown.Seq, a.SealBytes, a.Signature, a.at})
	k.lives = append(k.lives, []any{t.ID, grown.Epoch, grown.Branch, grown.Began, true, grown.Seq, grown.Hash})
	k.terminals = append(k.terminals, []any{a.at, t.Issued, token, a.request, ad.answer, t.ID})
}

var (
	intakeSeals = database.Many{Head: `
		INSERT INTO seal (terminal, epoch, branch, last, seal, signature, received_at_ms)
		VALUES`}
	// What began without anything before it is rooted.
	grownLives = database.Many{Head: `
		INSERT INTO epoch (terminal, epoch, branch, began_from, rooted, seq, head)
		VALUES`, Tail: `
		ON CONFLICT (terminal, epoch, branch) DO UPDATE
		SET seq = excluded.seq, head = excluded.head`}
)

func (k *keeping) write(tx *database.Tx) error {
	for _, w := range []struct {
		what string
		how  database.Many
		rows [][]any
	}{
		{"lines", intakeLines, k.lines}, {"seals", intakeSeals, k.seals}, {"epochs", grownLives, k.lives},
	} {
		if err := tx.ExecMany(w.how, w.rows); err != nil {
			return fmt.Errorf("store %s of batches: %w", w.what, err)
		}
	}
	err := tx.ExecEach(`
		UPDATE terminal SET seen_at_ms = $1, issued = $2, used = $3, used_request = $4, used_answer = $5
		WHERE terminal = $6`, k.terminals)
	if err != nil {
		return fmt.Errorf("use session tokens: %w", err)
	}
	return nil
}
