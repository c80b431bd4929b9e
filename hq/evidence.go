package hq

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Evidence gives the lines of a file that proves what a terminal wrote for business
// days, from its first entry of them up to the seal behind the last one, with all
// that stands between. None is kept in memory; an error of give ends it. Its error is
// ErrNotFound where there is no such terminal, or it wrote nothing for the days.
func (r *reading) Evidence(ctx context.Context, id ledger.TerminalID, from, to ledger.Date, give func(ledger.EvidenceLine) error) error {
	err := r.view(ctx, func(tx *sqlitedb.Tx) error {
		s := ledger.Statement{
			V: ledger.Version, Chain: r.chain.id, Terminal: id, From: from, To: to,
			At: ledger.MillisOf(r.now()), HQKey: r.PublicKey(),
		}
		t, err := readTerminal(tx, id)
		if err != nil {
			return err
		}
		s.Store, s.TerminalKey = t.store, t.key
		if err := tx.QueryRow(`SELECT name FROM terminal WHERE terminal = $1`, id).Scan(&s.Name); err != nil {
			return err
		}
		if s.Parts, err = evidenceParts(tx, id, from, to); err != nil {
			return err
		}
		if len(s.Parts) == 0 {
			return fmt.Errorf("of these days: %w", ErrNotFound)
		}
		return r.giveEvidence(tx, s, give)
	})
	if err != nil {
		return fmt.Errorf("make evidence: %w", err)
	}
	return nil
}

func (r *reading) giveEvidence(tx *sqlitedb.Tx, s ledger.Statement, give func(ledger.EvidenceLine) error) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	signed := ledger.SignedText{Text: string(text), Signature: ledger.Sign(r.keys.private(), ledger.EvidenceDomain, text)}
	if err := give(ledger.EvidenceLine{Statement: &signed}); err != nil {
		return err
	}
	for _, p := range s.Parts {
		if err := givePart(tx, s.Terminal, p, give); err != nil {
			return err
		}
	}
	return nil
}

// evidenceParts finds, in each epoch of a terminal, the entries of business days.
func evidenceParts(tx *sqlitedb.Tx, id ledger.TerminalID, from, to ledger.Date) (parts []ledger.EvidencePart, err error) {
	rows, err := tx.Query(`
		SELECT epoch, branch, seq, body
		FROM intake
		WHERE terminal = $1
		ORDER BY epoch, branch, seq`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p ledger.EvidencePart
		var body []byte
		if err := rows.Scan(&p.Epoch, &p.Branch, &p.First, &body); err != nil {
			return nil, err
		}
		e, err := ledger.Decode(body)
		if err != nil || e.Day < from || e.Day > to {
			continue // what cannot be read is of no day; it is there where it lies between
		}
		p.Last = p.First
		if n := len(parts); n > 0 && parts[n-1].Epoch == p.Epoch && parts[n-1].Branch == p.Branch {
			parts[n-1].Last = p.Last
			continue
		}
		parts = append(parts, p)
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	for i := range parts {
		if err := bound(tx, id, &parts[i]); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// bound ends a part with a seal, and reads the chain before and after it.
func bound(tx *sqlitedb.Tx, id ledger.TerminalID, p *ledger.EvidencePart) error {
	err := tx.QueryRow(`
		SELECT min(last) FROM seal
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND last >= $4`, id, p.Epoch, p.Branch, p.Last).Scan(&p.Last)
	if err != nil {
		return fmt.Errorf("read seals: %w", err)
	}
	life, err := readLife(tx, id, p.Epoch, p.Branch)
	if err != nil {
		return err
	}
	if p.Prev, err = life.linkAt(tx, id, p.First-1); err != nil {
		return err
	}
	p.Head, err = life.linkAt(tx, id, p.Last)
	return err
}

// givePart gives entries, each with the seal that ends with it behind it.
func givePart(tx *sqlitedb.Tx, id ledger.TerminalID, p ledger.EvidencePart, give func(ledger.EvidenceLine) error) error {
	rows, err := tx.Query(`
		SELECT i.seq, i.body, coalesce(s.seal, ''), coalesce(s.signature, '')
		FROM intake i
		LEFT JOIN seal s ON s.terminal = i.terminal AND s.epoch = i.epoch AND s.branch = i.branch AND s.last = i.seq
		WHERE i.terminal = $1 AND i.epoch = $2 AND i.branch = $3 AND i.seq BETWEEN $4 AND $5
		ORDER BY i.seq`, id, p.Epoch, p.Branch, p.First, p.Last)
	if err != nil {
		return fmt.Errorf("read intake: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n ledger.Seq
		var body, seal, signature []byte
		if err := rows.Scan(&n, &body, &seal, &signature); err != nil {
			return fmt.Errorf("read intake: %w", err)
		}
		if !utf8.Valid(body) {
			return fmt.Errorf("entry %d.%d is no text: no evidence can hold it", p.Epoch, n)
		}
		text := string(body)
		if err := give(ledger.EvidenceLine{Entry: &text}); err != nil {
			return err
		}
		if len(seal) == 0 {
			continue
		}
		if err := give(ledger.EvidenceLine{Seal: &ledger.SignedText{Text: string(seal), Signature: signature}}); err != nil {
			return err
		}
	}
	return rows.Err()
}
