package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// What was published after the backup of a restored headquarters, its terminals
// hand back: it signed it, so it is taken as it is, without being judged again.

// takePublication keeps what a terminal hands back and this headquarters does not
// know. What it has under that number stays.
func (h *Headquarters) takePublication(ctx context.Context, from ledger.TerminalID, said wire.Publication) (wire.TakenBack, error) {
	taken := 0
	err := h.update(ctx, func(tx *database.Tx) error {
		t, err := records.ReadTerminal(tx, from)
		if err != nil {
			return err
		}
		if t.Fenced {
			return wire.Refuse(wire.CodeFenced, "")
		}
		waits, err := readAwaited(tx, from)
		if err != nil || waits == nil {
			return err // nobody asked
		}
		switch {
		case said.Program != nil:
			taken, err = h.takeProgramBack(tx, *said.Program)
		case said.Stop != nil:
			taken, err = h.takeStopBack(tx, *said.Stop)
		}
		return err
	})
	if err != nil || taken == 0 {
		return wire.TakenBack{}, err
	}
	return wire.TakenBack{}, h.programsChanged(ctx)
}

func notPublishedHere() error {
	return wire.Refuse(wire.CodeInvalid, "something was handed back that headquarters did not publish")
}

// takeProgramBack keeps a version, and its program among the chain's.
func (h *Headquarters) takeProgramBack(tx *database.Tx, said ledger.SignedProgram) (taken int, err error) {
	if !said.SignedBy(h.keys.Line()) {
		return 0, notPublishedHere()
	}
	p, err := loyalty.LoadPublished(said.Source, "publication")
	if err != nil {
		tx.AfterCommit(func() { h.notify(event.Event{What: event.Unreadable, Reason: err.Error()}) })
		return 0, nil // of a release to come: its terminals keep it
	}
	ref := p.Ref()
	done, err := tx.Exec(`
		INSERT INTO program_version (n, program, version, source, hash, signature, announced, effective, published_at_ms)
		VALUES ((SELECT coalesce(max(n), 0) + 1 FROM program_version), $1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (program, version) DO NOTHING`,
		ref.ID, ref.Version, said.Source, ref.Hash, said.Signature, p.Announced(), p.Effective(), ledger.MillisOf(h.now()))
	if err != nil {
		return 0, fmt.Errorf("keep program: %w", err)
	}
	if first, err := records.Inserted(done); !first || err != nil {
		return 0, err
	}
	_, err = tx.Exec(`
		INSERT INTO chain_program (n, program)
		VALUES ((SELECT coalesce(max(n), 0) + 1 FROM chain_program), $1)
		ON CONFLICT (program) DO NOTHING`, ref.ID)
	if err != nil {
		return 0, fmt.Errorf("keep program: %w", err)
	}
	tx.AfterCommit(func() {
		h.notify(event.Event{What: event.HandedBack, Reason: fmt.Sprintf("%s, version %d", ref.ID, ref.Version)})
	})
	return 1, nil
}

func (h *Headquarters) takeStopBack(tx *database.Tx, said ledger.SignedStop) (taken int, err error) {
	stop, err := said.Read()
	if err != nil || !said.SignedBy(h.keys.Line()) {
		return 0, notPublishedHere()
	}
	done, err := tx.Exec(`
		INSERT INTO rule_stop (program, rule, version, body, signature)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (program, rule, version) DO NOTHING`, stop.Program, stop.Rule, stop.Version, said.Body, said.Signature)
	if err != nil {
		return 0, fmt.Errorf("keep stop: %w", err)
	}
	if first, err := records.Inserted(done); !first || err != nil {
		return 0, err
	}
	return 1, nil
}
