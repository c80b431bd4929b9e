package audit

import (
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// posted is what became of the entries of a page of a journal that are behind the
// projector.
type posted struct {
	waits   map[ledger.Seq]bool // in quarantine, or for its sale
	claimed map[ledger.EntryID]claimed
	stands  map[entryOf]bool     // in the ledger that it was resolved to
	whole   map[ledger.Hash]bool // attachments that are there
}

// posted reads what became of the next entries of a journal.
func (a *Auditor) posted(w *walk, page []came) (p *posted, err error) {
	p = new(posted)
	if len(page) == 0 {
		return p, nil
	}
	if p.waits, err = a.waiting(w, page[len(page)-1].seq); err != nil {
		return nil, err
	}
	var ids []ledger.EntryID
	var attached [][]any
	for i := range page {
		c := &page[i]
		if c.seq > w.projected || c.unread != nil || p.waits[c.seq] {
			continue
		}
		ids = append(ids, c.entry.ID)
		if !c.entry.Attachment.IsZero() {
			attached = append(attached, []any{w.place.Terminal, c.entry.Attachment})
		}
	}
	if p.claimed, err = readClaimed(a.tx, ids); err != nil {
		return nil, err
	}
	var resolved []entryOf
	for id, c := range p.claimed {
		resolved = append(resolved, entryOf{c.of, id})
	}
	if p.stands, err = stand(a.tx, resolved); err != nil {
		return nil, err
	}
	p.whole, err = a.attachments(attached)
	return p, err
}

// waiting are the entries of a journal that wait, up to one.
func (a *Auditor) waiting(w *walk, last ledger.Seq) (map[ledger.Seq]bool, error) {
	at := w.place
	return readAll[ledger.Seq](a.tx, `
		SELECT seq FROM quarantine
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq > $4 AND seq <= $5
		UNION SELECT seq FROM parked
		WHERE terminal = $6 AND epoch = $7 AND branch = $8 AND seq > $9 AND seq <= $10
		UNION SELECT seq FROM parked_claim
		WHERE terminal = $11 AND epoch = $12 AND branch = $13 AND seq > $14 AND seq <= $15`,
		at.Terminal, at.Epoch, at.Branch, w.at.Seq, last, at.Terminal, at.Epoch, at.Branch, w.at.Seq, last,
		at.Terminal, at.Epoch, at.Branch, w.at.Seq, last)
}

var attachments = database.Many{Head: `
	SELECT hash, data
	FROM attachment
	WHERE (terminal, hash) IN (VALUES`, Tail: `)`}

// attachments are those of some that are there and whole.
func (a *Auditor) attachments(list [][]any) (map[ledger.Hash]bool, error) {
	whole := map[ledger.Hash]bool{}
	err := a.tx.QueryMany(attachments, list, func(rows *database.Rows) error {
		var hash ledger.Hash
		var data []byte
		err := rows.Scan(&hash, &data)
		whole[hash] = ledger.HashOf(data) == hash
		return err
	})
	return whole, err
}

// projected checks that an entry behind the projector stands in a ledger, or
// in quarantine with its reason, or waits for its sale.
func (a *Auditor) projected(at ledger.Place, c *came, p *posted) error {
	if p.waits[c.seq] {
		return nil
	}
	if c.unread != nil {
		a.find(at.String(), "it cannot be read and is not in quarantine")
		return nil
	}
	if sum := c.entry.Attachment; !sum.IsZero() && !p.whole[sum] {
		if err := a.unattached(at, sum); err != nil {
			return err
		}
	}
	claim, claimed := p.claimed[c.entry.ID]
	if !claimed || claim.body != c.told || !p.stands[entryOf{claim.of, c.entry.ID}] {
		a.find(at.String(), "entry %s stands in no ledger", c.entry.ID)
	}
	return nil
}

// unattached looks whether an attachment that is not there, or damaged, has a reason to
// be: what it names was erased, or it was left out of a backup.
func (a *Auditor) unattached(at ledger.Place, sum ledger.Hash) error {
	var left bool
	err := a.tx.QueryRow(`
		SELECT EXISTS (SELECT 1 FROM erased_attachment WHERE terminal = $1 AND hash = $2)
		    OR EXISTS (
			SELECT 1 FROM intake i JOIN chain c ON i.received_at_ms < c.attachments_from_ms
			WHERE i.terminal = $3 AND i.epoch = $4 AND i.branch = $5 AND i.seq = $6)`,
		at.Terminal, sum, at.Terminal, at.Epoch, at.Branch, at.Seq).Scan(&left)
	if err == nil && !left {
		a.find(at.String(), "its attachment is missing or damaged")
	}
	return err
}
