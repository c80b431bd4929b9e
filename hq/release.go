package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Held is what came from a fenced terminal and is not posted.
type Held struct {
	Entries int           `json:"entries"`
	From    ledger.Millis `json:"from_ms"` // when the first was written, by its till
	To      ledger.Millis `json:"to_ms"`
	Units   []HeldUnit    `json:"units"`
}

// HeldUnit is what all of it would earn and spend of a unit, as its till told.
type HeldUnit struct {
	Unit   ledger.Unit   `json:"unit"`
	Earned ledger.Points `json:"earned"`
	Spent  ledger.Points `json:"spent"`
}

// HeldOf returns what of a terminal is held.
func (r *reading) HeldOf(ctx context.Context, id ledger.TerminalID) (held Held, err error) {
	err = r.view(ctx, func(tx *database.Tx) error {
		held = Held{Units: []HeldUnit{}}
		all, err := records.ReadHeld(tx, id)
		for _, e := range all {
			if err := held.add(e.Entry); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		return Held{}, fmt.Errorf("read what is held: %w", err)
	}
	return held, nil
}

func (h *Held) add(e *ledger.Entry) error {
	h.Entries++
	if h.From == 0 || e.At < h.From {
		h.From = e.At
	}
	h.To = max(h.To, e.At)
	for _, p := range e.Postings {
		sum := h.unit(p.Unit)
		to := &sum.Spent
		if p.From == ledger.Issued {
			to = &sum.Earned
		}
		var err error
		if *to, err = to.Add(p.Amount); err != nil {
			return fmt.Errorf("sum of %s: %w", p.Unit, err)
		}
	}
	return nil
}

func (h *Held) unit(unit ledger.Unit) *HeldUnit {
	for i := range h.Units {
		if h.Units[i].Unit == unit {
			return &h.Units[i]
		}
	}
	h.Units = append(h.Units, HeldUnit{Unit: unit})
	return &h.Units[len(h.Units)-1]
}

// ReleaseHeld lets all be posted that is held of a terminal, by an entry of
// headquarters' own for each, and returns how many. Work posts them, as if they came
// now from a terminal that is not fenced: what of it cannot be posted waits in
// quarantine. What still comes is held again.
func (h *Headquarters) ReleaseHeld(ctx context.Context, id ledger.TerminalID, operator string) (n int, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return 0, err
	}
	defer end()
	err = h.update(ctx, func(tx *database.Tx) error {
		all, err := records.ReadHeld(tx, id)
		for _, e := range all {
			if err := h.releaseOne(tx, e, operator); err != nil {
				return fmt.Errorf("entry %s: %w", e.Entry.ID, err)
			}
		}
		n = len(all)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("release what is held: %w", err)
	}
	h.retried = false
	h.intake.raise()
	return n, nil
}

// releaseOne writes that an entry is released, and leaves it to be posted: it is
// found again however soon the machine stops.
func (h *Headquarters) releaseOne(tx *database.Tx, held records.HeldEntry, operator string) error {
	b, err := records.OpenBooks(tx, held.Holder)
	if err != nil {
		return err
	}
	now := ledger.MillisOf(h.now())
	e := &ledger.Entry{
		V: ledger.Version, ID: ledger.EntryID(books.OwnID("release", held.Entry.ID.String())), Kind: ledger.Release, At: now,
		Operator: operator, Subject: held.Entry.Subject, Release: &ledger.Released{Entry: held.Entry.ID},
	}
	if err := posting.EnterOwn(tx, h.keys, b, e, new(books.Decision), now); err != nil {
		return err
	}
	p := held.Place
	_, err = tx.Exec(`
		UPDATE intake SET held = 0
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`, p.Terminal, p.Epoch, p.Branch, p.Seq)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE claim_entry SET account = NULL WHERE entry = $1`, held.Entry.ID); err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO quarantine (terminal, epoch, branch, seq, reason, at_ms)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (terminal, epoch, branch, seq) DO NOTHING`, p.Terminal, p.Epoch, p.Branch, p.Seq, "released and not posted yet", now)
	return err
}
