package hub

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// take keeps a lane's batch, as it came, and what other lanes are to hear of it. A
// batch that begins behind what the hub has is taken too: headquarters has what lies
// between. Nothing of it is an ack.
func (h *Hub) take(ctx context.Context, lane ledger.TerminalID, message []byte, b *wire.Batch) (wire.Relayed, error) {
	links, err := linksOf(b)
	if err != nil {
		return wire.Relayed{}, err
	}
	if b.Seal.Terminal != lane {
		return wire.Relayed{}, wire.Refuse(wire.CodeInvalid, "the batch is another terminal's")
	}
	err = h.update(ctx, func(tx *sqlitedb.Tx) error {
		known, err := readBranch(tx, b.Seal)
		if err != nil {
			return err
		}
		if err := compare(b.Seal, links, known); err != nil {
			return err
		}
		if last(b.Seal) <= known.Seq {
			return nil // it came before
		}
		return h.keep(tx, message, b, links, known)
	})
	if err != nil {
		return wire.Relayed{}, err
	}
	h.news.raise()
	return wire.Relayed{UpTo: placeOf(b.Seal, len(b.Bodies)-1), Head: b.Seal.Head}, nil
}

// linksOf recomputes the chain over the bodies.
func linksOf(b *wire.Batch) ([]ledger.Hash, error) {
	if len(b.Bodies) == 0 || b.Seal.First == 0 || b.Seal.V != wire.Protocol {
		return nil, wire.Refuse(wire.CodeInvalid, "a batch has entries, from seq 1")
	}
	links := make([]ledger.Hash, len(b.Bodies))
	prev := b.Seal.Prev
	for i, body := range b.Bodies {
		prev = ledger.Link(placeOf(b.Seal, i), prev, ledger.HashOf(body))
		links[i] = prev
	}
	if prev != b.Seal.Head {
		return nil, wire.Refuse(wire.CodeInvalid, "the entries do not lead to the seal's head: open a new epoch")
	}
	return links, nil
}

func placeOf(s ledger.Seal, line int) ledger.Place {
	return ledger.Place{Terminal: s.Terminal, Epoch: s.Epoch, Branch: s.Branch, Seq: s.First + ledger.Seq(line)}
}

func last(s ledger.Seal) ledger.Seq { return s.First + ledger.Seq(s.Count) - 1 }

// compare looks at the last place that both sides know: another hash there is
// another history. Who fences is headquarters.
func compare(s ledger.Seal, links []ledger.Hash, known ledger.Head) error {
	if known.Seq == 0 || known.Seq > last(s) || known.Seq+1 < s.First {
		return nil
	}
	link := s.Prev
	if known.Seq >= s.First {
		link = links[known.Seq-s.First]
	}
	if link != known.Hash {
		return wire.Refuse(wire.CodeInvalid, fmt.Sprintf("another history stands up to %d.%d", s.Epoch, known.Seq))
	}
	return nil
}

// readBranch returns up to where the hub has a branch; seq 0 where it has nothing.
func readBranch(tx *sqlitedb.Tx, s ledger.Seal) (ledger.Head, error) {
	known := ledger.Head{Epoch: s.Epoch, Branch: s.Branch}
	err := tx.QueryRow(`SELECT seq, hash FROM branch WHERE terminal = ? AND epoch = ? AND branch = ?`,
		s.Terminal, s.Epoch, s.Branch).Scan(&known.Seq, &known.Hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return known, fmt.Errorf("read branch: %w", err)
	}
	return known, nil
}

func (h *Hub) keep(tx *sqlitedb.Tx, message []byte, b *wire.Batch, links []ledger.Hash, known ledger.Head) error {
	s := b.Seal
	message, err := forget(tx, message, false) // its lane may not have heard
	if err != nil {
		return err
	}
	// Its number is above those of all that was here when somebody was erased, also where
	// that is gone: what comes later is told by it.
	_, err = tx.Exec(`
		INSERT INTO batch (n, terminal, epoch, branch, last, entries, message, at_ms)
		VALUES (1 + max((SELECT coalesce(max(n), 0) FROM batch), (SELECT n FROM erased)), ?, ?, ?, ?, ?, ?, ?)`,
		s.Terminal, s.Epoch, s.Branch, last(s), len(b.Bodies), message, h.at())
	if err != nil {
		return fmt.Errorf("keep batch: %w", err)
	}
	_, err = tx.Exec(`
		INSERT INTO branch (terminal, epoch, branch, seq, hash)
		VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (terminal, epoch, branch) DO UPDATE SET seq = ?4, hash = ?5`,
		s.Terminal, s.Epoch, s.Branch, last(s), links[len(links)-1])
	if err == nil {
		_, err = tx.Exec(`UPDATE lane SET heard_at_ms = ? WHERE terminal = ?`, h.at(), s.Terminal)
	}
	if err != nil {
		return fmt.Errorf("keep batch: %w", err)
	}
	for i, body := range b.Bodies {
		if at := placeOf(s, i); at.Seq > known.Seq {
			if err := h.tell(tx, at, body); err != nil {
				return err
			}
		}
	}
	_, err = tx.Exec(`DELETE FROM counted WHERE terminal = ? AND epoch = ? AND branch = ? AND seq <= ?`, s.Terminal, s.Epoch, s.Branch, last(s))
	if err != nil {
		return fmt.Errorf("keep batch: %w", err)
	}
	return nil
}

// greet says up to where the hub has a lane's branch.
func (h *Hub) greet(ctx context.Context, lane ledger.TerminalID, said wire.Hello) (w wire.HubWelcome, err error) {
	if said.Protocol != wire.Protocol {
		return w, wire.Refuse(wire.CodeUpgrade, "")
	}
	err = h.db.View(ctx, func(tx *sqlitedb.Tx) error {
		w.Known, err = readBranch(tx, ledger.Seal{Terminal: lane, Epoch: said.Head.Epoch, Branch: said.Head.Branch})
		return err
	})
	if err != nil {
		return w, err
	}
	if w.Known.Seq == 0 {
		w.Known = ledger.Head{}
	}
	w.At = h.at()
	w.Parts, err = h.opts.Rights.GivenTo(ctx, lane, said.Head.Epoch, said.Head.Branch, wire.MaxParts, h.sign)
	return w, err
}
