package audit

import (
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ledgers recomputes every account's chain and sums.
func (a *Auditor) ledgers() error {
	return a.eachHolder(func(of books.Holder) error {
		b, err := a.fold(of, a.check)
		if err != nil || b == nil {
			return err
		}
		if a.again != nil {
			if err := a.again.end(b); err != nil {
				return err
			}
		}
		return a.sums(b)
	})
}

// eachHolder goes through whatever has a ledger, or a row that is a ledger's, in
// order.
func (a *Auditor) eachHolder(do func(books.Holder) error) error {
	for last, more := books.Holder(""), true; more; {
		var some []books.Holder
		var err error
		if some, more, err = HoldersBehind(a.tx, last); err != nil {
			return err
		}
		for _, of := range some {
			if err := do(of); err != nil {
				return fmt.Errorf("ledger of %s: %w", of, err)
			}
			last = of
		}
	}
	return nil
}

// HoldersBehind returns the next holders behind one. Each table is asked by itself:
// up to where one that has more was read, all are complete.
func HoldersBehind(tx *database.Tx, last books.Holder) (some []books.Holder, more bool, err error) {
	queries := slices.Clone(otherHolders)
	for _, p := range Projections {
		queries = append(queries, p.holders)
	}
	var end books.Holder
	for _, query := range queries {
		part, err := records.ReadHolders(tx, query, last, atOnce)
		if err != nil {
			return nil, false, err
		}
		if some = append(some, part...); len(part) == atOnce && (!more || part[atOnce-1] < end) {
			more, end = true, part[atOnce-1]
		}
	}
	slices.Sort(some)
	some = slices.Compact(some)
	if i, found := slices.BinarySearch(some, end); more && found {
		some = some[:i+1]
	}
	return some, more, nil
}

// sums compares what the tables keep of an account with what its rows add up to.
func (a *Auditor) sums(b *books.Books) error {
	where := "ledger of " + string(b.Holder)
	a.lotsHold(where, b)
	if err := a.account(where, b); err != nil {
		return err
	}
	for i := range Projections {
		if err := a.compare(where, b, &Projections[i]); err != nil {
			return fmt.Errorf("%s: %w", Projections[i].Table, err)
		}
	}
	return a.due(where, b)
}

// fold walks a ledger's chain and adds up its decisions, each looked at before; nil
// where they cannot be added up, which is a finding.
func (a *Auditor) fold(of books.Holder, each func(*books.Books, *ledgerRow) error) (*books.Books, error) {
	rows, err := a.tx.Query(`
		SELECT n, entry, verdict, decided, hash, recorded_at_ms
		FROM ledger
		WHERE account = $1
		ORDER BY n`, of)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	b := books.New(of, nil)
	for rows.Next() {
		a.step()
		r := &ledgerRow{decision: new(books.Decision)}
		if err := rows.Scan(&r.n, &r.entry, &r.verdict, &r.decided, &r.hash, &r.recorded); err != nil {
			return nil, err
		}
		r.where = fmt.Sprintf("ledger of %s, row %d", of, r.n)
		if !a.link(b, r) {
			return nil, nil
		}
		if err := each(b, r); err != nil {
			return nil, err
		}
		if err := b.Fold(r.decision, r.n); err != nil {
			a.find(r.where, "the decision does not add up: %v", err)
			return nil, nil
		}
		b.N, b.Head = r.n, r.hash
	}
	return b, rows.Close()
}

// ledgerRow is a row as it stands in a ledger.
type ledgerRow struct {
	where    string
	n        uint64
	entry    ledger.EntryID
	verdict  ledger.Verdict
	decision *books.Decision
	decided  []byte
	hash     ledger.Hash
	recorded ledger.Millis
}

// link checks that a row is the next of its chain, and reads its decision.
func (a *Auditor) link(b *books.Books, r *ledgerRow) bool {
	id, known := b.Holder.Chain()
	if !known {
		a.find(r.where, "nobody's ledger has this name")
		return false
	}
	if r.n != b.N+1 || r.hash != ledger.LedgerLink(id, r.n, b.Head, ledger.HashOf(r.decided)) {
		a.find(r.where, "the chain breaks here")
		return false
	}
	if err := ledger.DecodeJSON(r.decided, r.decision); err != nil {
		a.find(r.where, "the decision cannot be read: %v", err)
		return false
	}
	return true
}

// check looks at a row beyond its chain and its sums.
func (a *Auditor) check(b *books.Books, r *ledgerRow) error {
	d := r.decision
	if d.Entry != r.entry || d.Verdict != r.verdict || d.Account != b.Holder {
		a.find(r.where, "its columns are not those of the decision")
	}
	a.addTransit(d)
	if err := a.body(r.where, b.Holder, d); err != nil {
		return err
	}
	if err := a.lostKey(r.where, d); err != nil || a.again == nil {
		return err
	}
	return a.again.row(b, r)
}

// body checks that the decision is about the entry that stands at its place,
// or that headquarters signed.
func (a *Auditor) body(where string, of books.Holder, d *books.Decision) error {
	var hash ledger.Hash
	if d.Place != nil {
		p := d.Place
		err := a.tx.QueryRow(`
			SELECT body_hash FROM intake
			WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`, p.Terminal, p.Epoch, p.Branch, p.Seq).Scan(&hash)
		if err := records.OrNone(err); err != nil {
			return err
		}
	} else {
		own, err := a.own(of, d.Entry)
		if err != nil {
			return err
		}
		if own != nil && a.Keys.Line().Signed(ledger.EntryDomain, own.Body, own.Signature) {
			hash = ledger.HashOf(own.Body)
		}
	}
	if hash != d.Body {
		a.find(where, "entry %s is not the one decided on", d.Entry)
	}
	return nil
}

func (a *Auditor) own(of books.Holder, entry ledger.EntryID) (*ledger.SignedEntry, error) {
	var own ledger.SignedEntry
	err := a.tx.QueryRow(`SELECT body, signature FROM own_entry WHERE account = $1 AND entry = $2`, of, entry).
		Scan(&own.Body, &own.Signature)
	return &own, records.OrNone(err)
}

// lostKey checks that a sale which lost its key is known as one.
func (a *Auditor) lostKey(where string, d *books.Decision) error {
	if d.Kind != ledger.Sold || d.Verdict != ledger.DuplicateSale {
		return nil
	}
	var n int
	if err := a.tx.QueryRow(`SELECT count(*) FROM duplicate_sale WHERE entry = $1`, d.Entry).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		a.find(where, "sale %s lost its key and is not found as such", d.Entry)
	}
	return nil
}
