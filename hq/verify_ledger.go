package hq

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ledgers recomputes every account's chain and sums.
func (a *auditor) ledgers() error {
	var all []holder
	rows, err := a.tx.Query(`
		SELECT account FROM account
		UNION SELECT account FROM ledger
		UNION SELECT account FROM balance
		UNION SELECT account FROM lot
		UNION SELECT account FROM member_state
		UNION SELECT account FROM account_right
		UNION SELECT account FROM account_lane
		UNION SELECT account FROM sale_return
		UNION SELECT account FROM member_segment
		ORDER BY account`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var of holder
		if err := rows.Scan(&of); err != nil {
			return err
		}
		all = append(all, of)
	}
	if err := rows.Close(); err != nil {
		return err
	}
	for _, of := range all {
		if err := a.ledger(of); err != nil {
			return fmt.Errorf("ledger of %s: %w", of, err)
		}
	}
	return nil
}

// ledger folds one ledger's rows and compares what the tables keep.
func (a *auditor) ledger(of holder) error {
	b, err := a.fold(of)
	if err != nil || b == nil {
		return err
	}
	have, err := openBooks(a.tx, of)
	if err != nil {
		return err
	}
	where := "ledger of " + string(of)
	if have.n != b.n || have.head != b.head {
		a.find(where, "it ends at row %d, the account says %d", b.n, have.n)
	}
	if have.lane != b.lane {
		a.find(where, "the last sale was not at the terminal that the account says")
	}
	for _, compare := range []func(string, *books) error{a.lanes, a.balances, a.lots, a.states, a.rights, a.returns, a.segments} {
		if err := compare(where, b); err != nil {
			return err
		}
	}
	return nil
}

// lanes compares where the last sale under each program was that another's came
// after.
func (a *auditor) lanes(where string, b *books) error {
	for program, want := range b.lanes {
		if program == b.lane.program {
			continue // the account says it
		}
		have, err := loading(a.tx).lane(b.holder, program)
		if err != nil {
			return err
		}
		if have != want {
			a.find(where, "the last sale under %q was not at the terminal that is kept", program)
		}
	}
	var n int
	if err := a.tx.QueryRow(`SELECT count(*) FROM account_lane WHERE account = $1`, b.holder).Scan(&n); err != nil {
		return err
	}
	if n != len(b.lanes) {
		a.find(where, "lanes of %d programs are kept, its rows make %d", n, len(b.lanes))
	}
	return nil
}

// fold walks a ledger's chain and adds up its decisions; nil where they cannot
// be added up, which is a finding.
func (a *auditor) fold(of holder) (*books, error) {
	rows, err := a.tx.Query(`
		SELECT n, entry, verdict, decided, hash
		FROM ledger
		WHERE account = $1
		ORDER BY n`, of)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	b := newBooks(of, nil)
	for rows.Next() {
		a.step()
		var n uint64
		var entry ledger.EntryID
		var verdict ledger.Verdict
		var decided []byte
		var hash ledger.Hash
		if err := rows.Scan(&n, &entry, &verdict, &decided, &hash); err != nil {
			return nil, err
		}
		where := fmt.Sprintf("ledger of %s, row %d", of, n)
		b.n++
		b.head = ledger.LedgerLink(of.chainID(), b.n, b.head, ledger.HashOf(decided))
		if n != b.n || hash != b.head {
			a.find(where, "the chain breaks here")
			return nil, nil
		}
		var d decision
		if err := ledger.DecodeJSON(decided, &d); err != nil {
			a.find(where, "the decision cannot be read: %v", err)
			return nil, nil
		}
		if d.Entry != entry || d.Verdict != verdict || d.Account != of {
			a.find(where, "its columns are not those of the decision")
		}
		if err := b.fold(&d, n); err != nil {
			a.find(where, "the decision does not add up: %v", err)
			return nil, nil
		}
		a.addTransit(&d)
		if err := a.body(where, of, &d); err != nil {
			return nil, err
		}
		if err := a.lostKey(where, &d); err != nil {
			return nil, err
		}
	}
	return b, rows.Close()
}

// body checks that the decision is about the entry that stands at its place,
// or that headquarters signed.
func (a *auditor) body(where string, of holder, d *decision) error {
	var hash ledger.Hash
	if d.Place != nil {
		p := d.Place
		err := a.tx.QueryRow(`
			SELECT body_hash FROM intake
			WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`, p.Terminal, p.Epoch, p.Branch, p.Seq).Scan(&hash)
		if err := orNone(err); err != nil {
			return err
		}
	} else {
		own, err := a.own(of, d.Entry)
		if err != nil {
			return err
		}
		if own != nil && ledger.Verify(a.PublicKey(), ledger.EntryDomain, own.Body, own.Signature) {
			hash = ledger.HashOf(own.Body)
		}
	}
	if hash != d.Body {
		a.find(where, "entry %s is not the one decided on", d.Entry)
	}
	return nil
}

func (a *auditor) own(of holder, entry ledger.EntryID) (*ledger.SignedEntry, error) {
	var own ledger.SignedEntry
	err := a.tx.QueryRow(`SELECT body, signature FROM own_entry WHERE account = $1 AND entry = $2`, of, entry).
		Scan(&own.Body, &own.Signature)
	return &own, orNone(err)
}

func (a *auditor) balances(where string, b *books) error {
	stored, err := readBalances(a.tx, b.holder)
	if err != nil {
		return err
	}
	left := b.purses()
	for _, have := range stored {
		key := balanceKey{have.Program, have.Unit}
		want := left[key]
		delete(left, key)
		if want == nil {
			a.find(where, "a balance of %s comes from nowhere", have.Unit)
			continue
		}
		if have.Available != want.Available || have.Pending != want.Pending || have.Receivable != want.Receivable {
			a.find(where, "balance of %s is %d available, %d pending, %d receivable; its rows make %d, %d, %d", have.Unit,
				have.Available, have.Pending, have.Receivable, want.Available, want.Pending, want.Receivable)
		}
		if free, err := freeOf(want); err != nil || free != want.Available {
			a.find(where, "lots of %s hold %d, available is %d", have.Unit, free, want.Available)
		}
	}
	for key := range left {
		a.find(where, "the balance of %s is gone", key.unit)
	}
	return nil
}

// purses are those of all programs.
func (b *books) purses() map[balanceKey]*loyalty.Purse {
	all := map[balanceKey]*loyalty.Purse{}
	for program, a := range b.accounts {
		for unit, p := range a.Purses {
			all[balanceKey{program, unit}] = p
		}
	}
	return all
}

// freeOf adds up what lots have that is neither pending nor set aside.
func freeOf(p *loyalty.Purse) (total ledger.Points, err error) {
	for _, l := range p.Lots {
		if l.Pending {
			continue
		}
		if total, err = total.Add(l.Left); err != nil {
			return 0, err
		}
	}
	return total, nil
}

func (a *auditor) lots(where string, b *books) error {
	var n, made int
	if err := a.tx.QueryRow(`SELECT count(*) FROM lot WHERE account = $1`, b.holder).Scan(&n); err != nil {
		return err
	}
	for key, p := range b.purses() {
		made += len(p.Lots)
		for _, l := range p.Lots {
			have, err := loading(a.tx).lot(b.holder, l.Name)
			if err != nil {
				return err
			}
			if have == nil || *have != (keptLot{key, l}) {
				a.find(where, "lot %s is not what its rows make", l.Name)
			}
		}
	}
	if n != made {
		a.find(where, "there are %d lots, its rows make %d", n, made)
	}
	return nil
}

// states compares what is remembered under each program.
func (a *auditor) states(where string, b *books) error {
	var n, made int
	if err := a.tx.QueryRow(`SELECT count(*) FROM member_state WHERE account = $1`, b.holder).Scan(&n); err != nil {
		return err
	}
	for program, of := range b.accounts {
		if !of.remembered {
			continue
		}
		made++
		want, err := json.Marshal(&of.State)
		if err != nil {
			return err
		}
		var have []byte
		err = a.tx.QueryRow(`SELECT state FROM member_state WHERE account = $1 AND program = $2`, b.holder, program).Scan(&have)
		if err := orNone(err); err != nil {
			return err
		}
		if !bytes.Equal(have, want) {
			a.find(where, "what %s remembers is not what its rows make", program)
		}
	}
	if n != made {
		a.find(where, "%d programs remember something, its rows make %d", n, made)
	}
	return nil
}

func (a *auditor) rights(where string, b *books) error {
	var n int
	if err := a.tx.QueryRow(`SELECT count(*) FROM account_right WHERE account = $1`, b.holder).Scan(&n); err != nil {
		return err
	}
	if n != len(b.rights) {
		a.find(where, "there are %d rights, its rows make %d", n, len(b.rights))
	}
	for id, want := range b.rights {
		have, err := loading(a.tx).right(b.holder, id)
		if err != nil {
			return err
		}
		if have == nil || !have.same(want) {
			a.find(where, "right %s is not what its rows make", id)
		}
	}
	return nil
}

// returns compares which rows are found as returns of a sale.
func (a *auditor) returns(where string, b *books) error {
	rows, err := a.tx.Query(`SELECT sale, n FROM sale_return WHERE account = $1 ORDER BY sale, n`, b.holder)
	if err != nil {
		return err
	}
	defer rows.Close()
	have := map[ledger.EntryID][]uint64{}
	for rows.Next() {
		var sale ledger.EntryID
		var n uint64
		if err := rows.Scan(&sale, &n); err != nil {
			return err
		}
		have[sale] = append(have[sale], n)
	}
	if !maps.EqualFunc(have, b.returns, slices.Equal) {
		a.find(where, "the returns of its sales are not what its rows make")
	}
	return rows.Close()
}

// segments compares the segments that its rows put members in.
func (a *auditor) segments(where string, b *books) error {
	rows, err := a.tx.Query(`SELECT member, segment, n FROM member_segment WHERE account = $1`, b.holder)
	if err != nil {
		return err
	}
	defer rows.Close()
	have := map[inSegment]uint64{}
	for rows.Next() {
		var in inSegment
		var n uint64
		if err := rows.Scan(&in.member, &in.segment, &n); err != nil {
			return err
		}
		have[in] = n
	}
	maps.DeleteFunc(b.segments, func(_ inSegment, n uint64) bool { return n == 0 })
	if !maps.Equal(have, b.segments) {
		a.find(where, "the segments that members are in are not what its rows make")
	}
	return rows.Close()
}

// lostKey checks that a sale which lost its key is known as one.
func (a *auditor) lostKey(where string, d *decision) error {
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

// same compares all that is kept of a right.
func (r *heldRight) same(s *heldRight) bool {
	return r.ID == s.ID && r.Terminal == s.Terminal && r.Epoch == s.Epoch && r.Branch == s.Branch &&
		r.of() == s.of() && r.Amount == s.Amount && r.SpendUntil == s.SpendUntil && r.ReclaimAt == s.ReclaimAt &&
		r.spent == s.spent && r.returned == s.returned && r.state == s.state && r.entry == s.entry && r.n == s.n && r.Parent == s.Parent &&
		slices.Equal(r.lots, s.lots)
}
