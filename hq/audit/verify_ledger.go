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
	return a.eachLedger(look{a.readBeside, a.check, func(b *books.Books, k *kept) error {
		if a.again != nil {
			if err := a.again.end(b); err != nil {
				return err
			}
		}
		return a.sums(b, k)
	}})
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
func (a *Auditor) sums(b *books.Books, k *kept) error {
	where := "ledger of " + string(b.Holder)
	a.lotsHold(where, b)
	if err := a.account(where, b, k); err != nil {
		return err
	}
	for i := range Projections {
		if err := a.compare(where, b, k, &Projections[i]); err != nil {
			return fmt.Errorf("%s: %w", Projections[i].Table, err)
		}
	}
	return a.due(where, b, k)
}

// folding walks a ledger's chain and adds up its decisions, each looked at before. It is
// broken where they cannot be added up, which is a finding.
type folding struct {
	*books.Books
	audit  *Auditor
	each   func(*books.Books, *ledgerRow) error
	broken bool
}

func (a *Auditor) fold(of books.Holder, each func(*books.Books, *ledgerRow) error) *folding {
	return &folding{Books: books.New(of, nil), audit: a, each: each}
}

// rows adds up the next rows, as far as they can be.
func (f *folding) rows(next []*ledgerRow) error {
	for _, r := range next {
		f.audit.step()
		if f.broken = !f.audit.link(f.Books, r); f.broken {
			return nil
		}
		if f.each != nil {
			if err := f.each(f.Books, r); err != nil {
				return err
			}
		}
		if err := f.Fold(r.decision, r.n); err != nil {
			f.audit.find(r.where, "the decision does not add up: %v", err)
			f.broken = true
			return nil
		}
		f.N, f.Head = r.n, r.hash
	}
	return nil
}

// link checks that a row is the next of its chain, and that its decision was read.
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
	if r.unread != nil {
		a.find(r.where, "the decision cannot be read: %v", r.unread)
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
	if r.unasked != nil {
		a.find(r.where, "what stands beside it cannot be read: %v", r.unasked)
	} else {
		a.body(r.where, b.Holder, d)
	}
	if err := a.lostKey(r.where, d); err != nil || a.again == nil {
		return err
	}
	return a.again.row(b, r)
}

// body checks that the decision is about the entry that stands at its place,
// or that headquarters signed.
func (a *Auditor) body(where string, of books.Holder, d *books.Decision) {
	var hash ledger.Hash
	if d.Place != nil {
		hash = a.beside.hashes[*d.Place]
	} else if own := a.beside.own[entryOf{of, d.Entry}]; a.Keys.Line().Signed(ledger.EntryDomain, own.Body, own.Signature) {
		hash = ledger.HashOf(own.Body)
	}
	if hash != d.Body {
		a.find(where, "entry %s is not the one decided on", d.Entry)
	}
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
