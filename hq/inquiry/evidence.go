package inquiry

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Evidence gives the lines of a file that proves what a terminal wrote for business
// days, from its first entry of them up to the seal behind the last one, with all
// that stands between. Some are read at a time; an error of give ends it. Its error is
// ErrNotFound where there is no such terminal, or it wrote nothing for the days.
func (d *Desk) Evidence(ctx context.Context, id ledger.TerminalID, from, to ledger.Date, give func(ledger.EvidenceLine) error) error {
	err := d.view(ctx, func(tx *database.Tx) error {
		s := ledger.Statement{
			V: ledger.Version, Chain: d.keys.Chain, Terminal: id, From: from, To: to,
			At: ledger.MillisOf(d.now()), HQKey: d.keys.Public(),
		}
		t, err := records.ReadTerminal(tx, id)
		if err != nil {
			return err
		}
		s.Store, s.TerminalKey = t.Store, t.Key
		if err := tx.QueryRow(`SELECT name FROM terminal WHERE terminal = $1`, id).Scan(&s.Name); err != nil {
			return err
		}
		if s.Parts, err = evidenceParts(tx, id, from, to); err != nil {
			return err
		}
		if len(s.Parts) == 0 {
			return fmt.Errorf("of these days: %w", records.ErrNotFound)
		}
		return d.giveEvidence(tx, s, give)
	})
	if err != nil {
		return fmt.Errorf("make evidence: %w", err)
	}
	return nil
}

func (d *Desk) giveEvidence(tx *database.Tx, s ledger.Statement, give func(ledger.EvidenceLine) error) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	signed := ledger.SignedText{Text: string(text), Signature: ledger.Sign(d.keys.Private(), ledger.EvidenceDomain, text)}
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

// evidenceAtOnce are entries that one statement reads.
const evidenceAtOnce = 1000

// evidenceParts finds, in each epoch of a terminal, the entries of business days.
func evidenceParts(tx *database.Tx, id ledger.TerminalID, from, to ledger.Date) (parts []ledger.EvidencePart, err error) {
	lives, err := readLives(tx, id)
	if err != nil {
		return nil, err
	}
	for _, p := range lives {
		length := p.Last
		p.First, p.Last = 0, 0
		for after := ledger.Seq(0); after < length; after += evidenceAtOnce {
			if err := p.dated(tx, id, after, from, to); err != nil {
				return nil, err
			}
		}
		if p.First == 0 {
			continue
		}
		if err := bound(tx, id, &p.EvidencePart); err != nil {
			return nil, err
		}
		parts = append(parts, p.EvidencePart)
	}
	return parts, nil
}

// evidenceLife is an epoch of a terminal, and what of it is evidence.
type evidenceLife struct{ ledger.EvidencePart }

func readLives(tx *database.Tx, id ledger.TerminalID) (lives []evidenceLife, err error) {
	rows, err := tx.Query(`SELECT epoch, branch, seq FROM epoch WHERE terminal = $1 ORDER BY epoch, branch`, id)
	if err != nil {
		return nil, fmt.Errorf("read epochs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l evidenceLife
		if err := rows.Scan(&l.Epoch, &l.Branch, &l.Last); err != nil {
			return nil, fmt.Errorf("read epochs: %w", err)
		}
		lives = append(lives, l)
	}
	return lives, rows.Err()
}

// dated widens the part to entries of business days, among those after a seq. What
// cannot be read is of no day; it is there where it lies between.
func (l *evidenceLife) dated(tx *database.Tx, id ledger.TerminalID, after ledger.Seq, from, to ledger.Date) error {
	rows, err := tx.Query(`
		SELECT seq, body
		FROM intake
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq > $4 AND seq <= $5
		ORDER BY seq`, id, l.Epoch, l.Branch, after, after+evidenceAtOnce)
	if err != nil {
		return fmt.Errorf("read intake: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq ledger.Seq
		var body []byte
		if err := rows.Scan(&seq, &body); err != nil {
			return fmt.Errorf("read intake: %w", err)
		}
		e, err := ledger.Decode(body)
		if err != nil || e.Day < from || e.Day > to {
			continue
		}
		if l.Last = seq; l.First == 0 {
			l.First = seq
		}
	}
	return rows.Err()
}

// bound ends a part with a seal, and reads the chain before and after it.
func bound(tx *database.Tx, id ledger.TerminalID, p *ledger.EvidencePart) error {
	err := tx.QueryRow(`
		SELECT min(last) FROM seal
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND last >= $4`, id, p.Epoch, p.Branch, p.Last).Scan(&p.Last)
	if err != nil {
		return fmt.Errorf("read seals: %w", err)
	}
	life, err := records.ReadLife(tx, id, p.Epoch, p.Branch)
	if err != nil {
		return err
	}
	if p.Prev, err = life.LinkAt(tx, id, p.First-1); err != nil {
		return err
	}
	p.Head, err = life.LinkAt(tx, id, p.Last)
	return err
}

// givePart gives entries, each with the seal that ends with it behind it.
func givePart(tx *database.Tx, id ledger.TerminalID, p ledger.EvidencePart, give func(ledger.EvidenceLine) error) error {
	for first := p.First; first <= p.Last; first += evidenceAtOnce {
		rows, err := tx.Query(`
			SELECT i.seq, i.body, coalesce(s.seal, ''), coalesce(s.signature, '')
			FROM intake i
			LEFT JOIN seal s ON s.terminal = i.terminal AND s.epoch = i.epoch AND s.branch = i.branch AND s.last = i.seq
			WHERE i.terminal = $1 AND i.epoch = $2 AND i.branch = $3 AND i.seq BETWEEN $4 AND $5
			ORDER BY i.seq`, id, p.Epoch, p.Branch, first, min(p.Last, first+evidenceAtOnce-1))
		if err == nil {
			err = giveRows(rows, p, give)
		}
		if err != nil {
			return fmt.Errorf("read intake: %w", err)
		}
	}
	return nil
}

func giveRows(rows *database.Rows, p ledger.EvidencePart, give func(ledger.EvidenceLine) error) error {
	defer rows.Close()
	for rows.Next() {
		var n ledger.Seq
		var body, seal, signature []byte
		if err := rows.Scan(&n, &body, &seal, &signature); err != nil {
			return err
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
