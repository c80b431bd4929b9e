package audit

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// journals recomputes what came in of each terminal's journal.
func (a *Auditor) journals() error {
	rows, err := a.tx.Query(`
		SELECT e.terminal, e.epoch, e.branch, e.began_from, e.seq, e.head, t.public_key, coalesce(p.seq, 0)
		FROM epoch e
		JOIN terminal t ON t.terminal = e.terminal
		LEFT JOIN projected p ON p.terminal = e.terminal AND p.epoch = e.epoch AND p.branch = e.branch
		ORDER BY e.terminal, e.epoch, e.branch`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var all []journal
	for rows.Next() {
		var j journal
		err := rows.Scan(&j.place.Terminal, &j.place.Epoch, &j.place.Branch, &j.began, &j.seq, &j.head, &j.key, &j.projected)
		if err != nil {
			return err
		}
		all = append(all, j)
	}
	if err := rows.Close(); err != nil {
		return err
	}
	for _, j := range all {
		if err := a.journal(j); err != nil {
			return err
		}
	}
	return nil
}

type journal struct {
	place       ledger.Place // without seq
	began, head ledger.Hash
	seq         ledger.Seq
	key         []byte
	projected   ledger.Seq
}

func (j journal) String() string {
	return fmt.Sprintf("journal of %s, epoch %d", j.place.Terminal, j.place.Epoch)
}

// journal walks one chain. Seals are checked where they end.
func (a *Auditor) journal(j journal) error {
	seals, err := a.seals(j)
	if err != nil {
		return err
	}
	w := &walk{journal: j, seals: seals, at: j.place, link: j.began}
	for more := true; more; {
		if more, err = a.page(w); err != nil {
			return err
		}
	}
	if w.at.Seq != j.seq || w.link != j.head {
		a.find(j.String(), "it ends at %d, the cursor says %d", w.at.Seq, j.seq)
	}
	if _, ok := seals[w.at.Seq]; !ok && w.at.Seq > 0 {
		a.find(j.String(), "no seal covers its end")
	}
	return nil
}

// walk is how far a journal was walked, and the chain there.
type walk struct {
	journal
	seals map[ledger.Seq]ledger.Hash
	at    ledger.Place
	link  ledger.Hash
}

// page walks the next chunk of a journal, which may be long: an engine may read
// all that a query finds before it gives the first row.
func (a *Auditor) page(w *walk) (more bool, err error) {
	came, err := a.came(w)
	if err != nil {
		return false, err
	}
	posted, err := a.posted(w, came)
	if err != nil {
		return false, err
	}
	for i := range came {
		a.step()
		if err := a.entry(w, &came[i], posted); err != nil {
			return false, err
		}
	}
	return len(came) == atOnce, nil
}

// came is a row of a journal, and what it says.
type came struct {
	seq          ledger.Seq
	body         []byte
	told, stored ledger.Hash // of the body, and of the chain
	entry        *ledger.Entry
	unread       error
}

func (a *Auditor) came(w *walk) (all []came, err error) {
	rows, err := a.tx.Query(`
		SELECT seq, body, body_hash, link
		FROM intake
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq > $4
		ORDER BY seq
		LIMIT $5`, w.place.Terminal, w.place.Epoch, w.place.Branch, w.at.Seq, atOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c came
		if err := rows.Scan(&c.seq, &c.body, &c.told, &c.stored); err != nil {
			return nil, err
		}
		c.entry, c.unread = ledger.Decode(c.body)
		all = append(all, c)
	}
	return all, rows.Close()
}

// entry checks one row of a journal.
func (a *Auditor) entry(w *walk, c *came, p *posted) error {
	if w.at.Seq++; c.seq != w.at.Seq {
		a.find(w.String(), "entry %d is missing", w.at.Seq)
		w.at.Seq = c.seq
	}
	hash := ledger.HashOf(c.body)
	if hash != c.told {
		a.find(w.at.String(), "the body is not the one that came")
	}
	if w.link = ledger.Link(w.at, w.link, hash); w.link != c.stored {
		a.find(w.at.String(), "the chain breaks here")
		w.link = c.stored
	}
	if sealed, ok := w.seals[c.seq]; ok && sealed != w.link {
		a.find(w.at.String(), "the terminal's seal says another hash")
	}
	if c.seq <= w.projected {
		return a.projected(w.at, c, p)
	}
	if c.unread == nil { // what cannot be read claims nothing
		a.underway[c.entry.ID] = true
	}
	return nil
}

// seals returns the head that each seal of a journal was signed for.
func (a *Auditor) seals(j journal) (map[ledger.Seq]ledger.Hash, error) {
	rows, err := a.tx.Query(`
		SELECT last, seal, signature
		FROM seal
		WHERE terminal = $1 AND epoch = $2 AND branch = $3
		ORDER BY last`, j.place.Terminal, j.place.Epoch, j.place.Branch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	heads := map[ledger.Seq]ledger.Hash{}
	for rows.Next() {
		var last ledger.Seq
		var text, signature []byte
		if err := rows.Scan(&last, &text, &signature); err != nil {
			return nil, err
		}
		var seal ledger.Seal
		if err := ledger.DecodeJSON(text, &seal); err != nil || !ledger.Verify(j.key, ledger.SealDomain, text, signature) {
			a.find(j.String(), "the seal at %d is not the terminal's", last)
			continue
		}
		heads[last] = seal.Head
	}
	return heads, rows.Close()
}
