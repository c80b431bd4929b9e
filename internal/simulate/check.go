package simulate

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// holdLasts is how long a hold is not taken from its sale.
const holdLasts = 15 * time.Minute

// checkTold wants everything a till told in its journal, and that whole, each
// time it starts.
func (t *till) checkTold() {
	report, err := t.store.Verify(ctx, nil)
	t.expect("verify a till", err)
	if len(report.Findings) > 0 {
		t.violate("%s does not add up: %v", t.name, report.Findings)
	}
	stand := t.bodies(filepath.Join(t.disk.Dir(), "journal.db"), `SELECT body_hash FROM journal`)
	for i, hash := range t.told {
		if stand[hash] == 0 {
			t.violate("%s told %d entries, and the %dth is lost", t.name, len(t.told), i+1)
		}
	}
}

// checkAcked wants everything headquarters acknowledged there, and its sums
// right, each time it starts.
func (h *headquarters) checkAcked() {
	found, err := h.Verify(ctx, nil)
	h.expect("verify headquarters", err)
	if len(found) > 0 {
		h.violate("headquarters does not add up: %v", found)
	}
	stand := h.stored()
	for hash := range h.acked {
		if stand[hash] == 0 {
			h.violate("headquarters acknowledged %d entries, and one is lost", len(h.acked))
		}
	}
}

// stored is every body that came in, and how often.
func (h *headquarters) stored() map[ledger.Hash]int {
	return h.bodies(filepath.Join(h.disk.Dir(), hq.DatabaseFile), `SELECT body_hash FROM intake`)
}

// posted is every body that stands in somebody's ledger, is held because its
// till is fenced, or waits for its sale.
func (h *headquarters) posted() map[ledger.Hash]int {
	return h.bodies(filepath.Join(h.disk.Dir(), hq.DatabaseFile), `
		SELECT c.body_hash
		FROM claim_entry c
		JOIN ledger l ON l.entry = c.entry
		UNION ALL
		SELECT body_hash
		FROM intake
		WHERE held = 1
		UNION ALL
		SELECT i.body_hash
		FROM intake i
		JOIN parked p ON p.terminal = i.terminal AND p.epoch = i.epoch AND p.branch = i.branch AND p.seq = i.seq`)
}

// bodies reads hashes of bodies beside who has the database open.
func (w *world) bodies(path, query string) map[ledger.Hash]int {
	found := map[ledger.Hash]int{}
	w.read(path, func(rows *sql.Rows) error {
		var hash ledger.Hash
		err := rows.Scan(&hash)
		found[hash]++
		return err
	}, query)
	return found
}

func (w *world) read(path string, each func(*sql.Rows) error, query string) {
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	w.expect("look into database", err)
	defer db.Close()
	rows, err := db.Query(query)
	w.expect("look into database", err)
	defer rows.Close()
	for rows.Next() {
		w.expect("look into database", each(rows))
	}
	w.expect("look into database", rows.Err())
}

// checkRefused wants a reason for a hold that is gone: it was told.
func (t *till) checkRefused(a *asked, err error) {
	var no *loyalty.NoRedeem
	if !a.held || !errors.As(err, &no) || no.Reason != loyalty.HoldGone {
		return
	}
	head, err := t.store.Head(ctx)
	t.expect("read head", err)
	if age := t.now().Sub(a.heldAt.Time()); head.Epoch == a.epoch && age >= 0 && age < holdLasts {
		t.violate("%s: a hold is gone that was told %s ago", t.name, age)
	}
}

// checkSpend wants rights spent before their end, or within a hold that was
// placed before it. Where clocks jump, what keeps a till from it is the grace.
func (t *till) checkSpend(a *asked, e *ledger.Entry) {
	for _, p := range e.Postings {
		until := t.spendable[p.Right]
		if a.held {
			until = until.Add(holdLasts)
		}
		if !p.Right.IsZero() && t.Clocks == 0 && ledger.MillisOf(t.at) > until {
			t.violate("%s spends of a right %s after its end", t.name, t.at.Sub(until.Time()))
		}
	}
}

// differs says which till shows something else than headquarters has; "" is
// none. Copies of one till are not asked: what headquarters counted of the one
// is nothing that the other did.
func (w *world) differs() string {
	for _, m := range w.members {
		has, err := w.hq.MemberByPhone(ctx, m.number)
		if errors.Is(err, hq.ErrNotFound) {
			continue
		}
		w.expect("find member", err)
		for _, t := range w.tills {
			if t.gone || t.fenced || t.copied {
				continue
			}
			if is, known := t.shown(m); known && is.Shown != inAll(has.Balances) {
				return fmt.Sprintf("%s shows %d of %s, headquarters has %d", t.name, is.Shown, m.number, inAll(has.Balances))
			}
		}
	}
	return ""
}

func inAll(balances []ledger.Balance) (sum ledger.Points) {
	for _, b := range balances {
		if b.Unit == unit {
			sum += b.Available + b.Escrowed
		}
	}
	return sum
}

// check wants all promises kept, now that everything is well.
func (w *world) check() {
	w.countOwn()
	w.checkVerified()
	w.checkOnce()
	w.checkLoss()
	w.checkBalances()
}

// countOwn counts what headquarters did with time.
func (w *world) countOwn() {
	w.read(filepath.Join(w.hq.disk.Dir(), hq.DatabaseFile), func(rows *sql.Rows) error {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return err
		}
		e, err := ledger.Decode(body)
		if err != nil {
			return err
		}
		switch e.Kind {
		case ledger.Vest:
			w.counts.Vested++
		case ledger.Expire:
			w.counts.Expired++
		}
		return nil
	}, `SELECT body FROM own_entry`)
}

func (w *world) checkVerified() {
	w.hq.checkAcked()
	for _, t := range w.tills {
		if !t.gone {
			t.checkTold()
		}
	}
}

// checkOnce wants everything told at headquarters, and one entry for each
// request, however often it was asked.
func (w *world) checkOnce() {
	stored := w.hq.posted()
	for _, t := range w.tills {
		for i, hash := range t.told {
			if stored[hash] == 0 {
				w.violate("%s told %d entries, and the %dth is not posted", t.name, len(t.told), i+1)
			}
		}
	}
	for hash := range w.must {
		if stored[hash] == 0 {
			w.violate("headquarters lost an entry that it acknowledged")
		}
	}
	w.checkRequests()
	status, err := w.hq.Status(ctx)
	w.expect("read status", err)
	if status.Unprojected > 0 || w.incidents == 0 && status.Quarantined+status.Parked+status.Held > 0 {
		w.violate("headquarters has %d entries that are not posted, %d in quarantine, %d parked, %d held",
			status.Unprojected, status.Quarantined, status.Parked, status.Held)
	}
}

func (w *world) checkRequests() {
	answers := map[string]ledger.EntryID{}
	w.read(filepath.Join(w.hq.disk.Dir(), hq.DatabaseFile), func(rows *sql.Rows) error {
		var id ledger.EntryID
		if err := rows.Scan(&id); err != nil {
			return err
		}
		key, asked := w.requests[id]
		if was, twice := answers[key]; asked && twice && was != id {
			w.violate("two entries stand for one request")
		}
		answers[key] = id
		return nil
	}, `SELECT entry FROM claim_entry`)
}

// checkBalances wants what members have to be what entries say, each counted
// once, by arithmetic of its own.
func (w *world) checkBalances() {
	if w.incidents > 0 {
		return // then headquarters books other things, and Verify follows them
	}
	var have ledger.Points
	sum := adding{counted: map[ledger.EntryID]bool{}, sales: map[string]ledger.Points{}, back: map[string]bool{}}
	path := filepath.Join(w.hq.disk.Dir(), hq.DatabaseFile)
	w.read(path, sum.scan, `SELECT body FROM intake`)
	w.read(path, sum.scan, `SELECT body FROM own_entry`)
	w.read(path, func(rows *sql.Rows) error { return rows.Scan(&have) }, `
		SELECT (SELECT coalesce(sum(available + pending - receivable), 0) FROM balance)
		     + (SELECT coalesce(sum(amount - spent - returned), 0) FROM account_right WHERE state = 'open')`)
	if want := sum.total(); want != have {
		w.violate("members have %d, entries say %d", have, want)
	}
}

// adding adds up entries. What comes back of a sale is here always all of it,
// once, whatever the till could say of another till's sale.
type adding struct {
	counted map[ledger.EntryID]bool
	sales   map[string]ledger.Points // by id
	back    map[string]bool
	others  ledger.Points
}

func (a *adding) scan(rows *sql.Rows) error {
	var body []byte
	if err := rows.Scan(&body); err != nil {
		return err
	}
	e, err := ledger.Decode(body)
	if err != nil || a.counted[e.ID] {
		return err
	}
	a.counted[e.ID] = true
	switch e.Kind {
	case ledger.Sold:
		a.sales[e.Sale.ID] = moved(e)
	case ledger.Returned, ledger.Voided:
		a.back[e.Return.Of.ID] = true
	case ledger.Adjust: // nobody adjusts anything here
	default:
		a.others += moved(e)
	}
	return nil
}

func (a *adding) total() ledger.Points {
	sum := a.others
	for id, points := range a.sales {
		if !a.back[id] {
			sum += points
		}
	}
	return sum
}

// moved is what an entry adds to what members have.
func moved(e *ledger.Entry) (sum ledger.Points) {
	for _, p := range e.Postings {
		if ours(p.To) {
			sum += p.Amount
		}
		if ours(p.From) {
			sum -= p.Amount
		}
	}
	return sum
}

// ours reports whether a ledger account is a member's, not the program's.
func ours(a ledger.LedgerAccount) bool {
	switch a {
	case ledger.Issued, ledger.Redeemed, ledger.Expired, ledger.Adjusted, ledger.Loss:
		return false
	}
	return true
}

// checkLoss wants no loss without a machine lost, copied, put back or silent,
// and with one no more than a terminal may have set aside each time.
func (w *world) checkLoss() {
	var lost ledger.Points
	for _, amount := range w.losses {
		lost += amount
	}
	if most := ledger.Points(w.incidents) * w.program.Offline().PerTerminal; lost > most {
		w.violate("%d lost in %d incidents, at most %d may be", lost, w.incidents, most)
	}
}
